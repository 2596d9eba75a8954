"""What does somebody want of a promotion, and what is wrong with it?"""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives import discount
from domain.kernel.base import folded
from domain.kernel.text.folding import fold_in_sql
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign, Tier

LONGEST_BANNER = 300


@dataclass(frozen=True)
class TierDraft:
    """A promotion as a person fills it in."""

    name: str
    banner: str
    discount: dict[str, Any] | None
    starts_at: datetime.datetime | None = None
    ends_at: datetime.datetime | None = None
    segment_id: uuid.UUID | None = None


def mistakes(session: Session, campaign: Campaign, draft: TierDraft, tier: Tier | None = None) -> dict[str, str]:
    """Field -> what is wrong; `tier` is the one being edited."""
    return dict(_found(session, campaign, draft, tier))


def _found(session: Session, campaign: Campaign, draft: TierDraft, tier: Tier | None) -> Iterator[tuple[str, str]]:
    if not draft.name.strip():
        yield "name", "Give the promotion a name, so that a distribution can be about it."
    elif (taken := _named(session, campaign, draft.name)) is not None and (tier is None or taken != tier.id):
        yield "name", f"“{campaign.name}” has a promotion called “{draft.name.strip()}” already."
    if len(draft.banner) > LONGEST_BANNER:
        yield "banner", f"At most {LONGEST_BANNER} characters; these are {len(draft.banner)}."
    if wrong := discount.mistake(draft.discount):
        yield wrong
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        yield "ends_at", "The end lies before the start. Choose a later end, or none."
    if draft.segment_id is not None and session.get(Segment, draft.segment_id) is None:
        yield "segment_id", "This segment was deleted. Choose another one, or none."


def _named(session: Session, campaign: Campaign, name: str) -> uuid.UUID | None:
    same = fold_in_sql(Tier.name) == folded(name)
    return session.scalars(select(Tier.id).where(Tier.campaign_id == campaign.id, same)).first()
