"""What is wrong with a draft of a campaign? By field of the form, with the remedy: of every kind, then of this one."""

from collections.abc import Iterator

from babel.numbers import is_currency
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.pool_alerts import setting
from domain.kernel.base import folded
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign


def mistakes(session: Session, draft: Draft, campaign: Campaign | None = None) -> dict[str, str]:
    """Field -> what is wrong; empty where the draft can be saved. `campaign` is the one being edited."""
    return dict(_of_every_kind(session, draft, campaign)) | dict(campaign_kind(draft.kind).mistakes(session, draft))


def _of_every_kind(session: Session, draft: Draft, campaign: Campaign | None) -> Iterator[tuple[str, str]]:
    if not draft.name.strip():
        yield "name", "Give the campaign a name; only your team sees it."
    else:
        taken = session.scalars(select(Campaign.id).where(Campaign.name_key == folded(draft.name))).one_or_none()
        if taken is not None and (campaign is None or taken != campaign.id):
            yield "name", f"There is a campaign called “{draft.name.strip()}” already. Names differ in more than capitals and spaces."
    if not is_currency(draft.currency):
        yield "currency", f"“{draft.currency}” is not a currency. Write three letters such as EUR."
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        yield "ends_at", "The end lies before the start. Choose a later end, or none."
    if draft.segment_id is not None and session.get(Segment, draft.segment_id) is None:
        yield "segment_id", "This segment was deleted. Choose another one, or none."
    yield from setting.mistakes(session, draft.alert)
