"""What does somebody want of a campaign, and what is wrong with it? Mistakes are told by field, with the remedy."""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from babel.numbers import is_currency
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives import discount
from domain.incentives.codes.pattern import MOST_CODES, problems
from domain.kernel.base import folded
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign


@dataclass(frozen=True)
class Draft:
    """A campaign as a person fills it in."""

    name: str
    discount: dict[str, Any] | None
    currency: str
    description: str = ""
    kind: str = "discount"
    starts_at: datetime.datetime | None = None
    ends_at: datetime.datetime | None = None
    valid_days: int | None = None
    pattern: str = ""
    """Empty: the codes come from somewhere else and are imported."""
    charset: str = ""
    count: int = 0
    auto_update: bool = False
    redemption_limit: int | None = 1
    join_once: bool = True
    segment_id: uuid.UUID | None = None
    details: dict[str, Any] = field(default_factory=dict)


def mistakes(session: Session, draft: Draft, campaign: Campaign | None = None) -> dict[str, str]:
    """Field -> what is wrong; empty where the draft can be saved. `campaign` is the one being edited."""
    found = dict(_about(session, draft, campaign))
    if draft.kind != "promotion":
        found |= dict(_codes(draft))
    return found


def _about(session: Session, draft: Draft, campaign: Campaign | None) -> Iterator[tuple[str, str]]:
    if not draft.name.strip():
        yield "name", "Give the campaign a name; only your team sees it."
    else:
        taken = session.scalars(select(Campaign.id).where(Campaign.name_key == folded(draft.name))).one_or_none()
        if taken is not None and (campaign is None or taken != campaign.id):
            yield "name", f"There is a campaign called “{draft.name.strip()}” already. Names differ in more than capitals and spaces."
    if not is_currency(draft.currency):
        yield "currency", f"“{draft.currency}” is not a currency. Write three letters such as EUR."
    if draft.kind == "discount" and (wrong := discount.mistake(draft.discount)):
        yield wrong
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        yield "ends_at", "The end lies before the start. Choose a later end, or none."
    if draft.segment_id is not None and session.get(Segment, draft.segment_id) is None:
        yield "segment_id", "This segment was deleted. Choose another one, or none."


def _codes(draft: Draft) -> Iterator[tuple[str, str]]:
    if draft.valid_days is not None and draft.valid_days < 1:
        yield "valid_days", "A code is valid for at least one day. Leave it empty to let codes end with the campaign."
    if draft.redemption_limit is not None and draft.redemption_limit < 1:
        yield "redemption_limit", "A code can be redeemed at least once. Leave it empty for no limit."
    if not 0 <= draft.count <= MOST_CODES:
        yield "count", f"Ask for at most {MOST_CODES:,} codes; more can be added afterwards."
    if not draft.pattern:
        if draft.auto_update:
            yield "auto_update", "Imported codes have no pattern, so no further ones can be made. Switch this off, or make the codes here."
        return
    yield from problems(draft.pattern, draft.charset, draft.count)
