"""What keeps the segment, the customer or the campaign that is chosen from being used? Sentences that several modules say."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes.pool import pool
from domain.kernel import clock
from domain.tables.customers import Customer, Segment
from domain.tables.incentives import Campaign
from domain.triggers.contract import Choices


def segment(session: Session, chosen: Choices, missing: str) -> Iterator[tuple[str, str]]:
    """What keeps the chosen segment from being used; `missing` where none is chosen."""
    if chosen.segment_id is None:
        yield "segment_id", missing
        return
    found = session.get(Segment, chosen.segment_id)
    if found is None:
        yield "segment_id", "This segment was deleted. Choose another one."
    elif found.sync == "failed":
        said = f"“{found.name}” could not be synced: {found.sync_error or 'no reason given'}. Open the segment and sync it again."
        yield "segment_id", said


def customer(session: Session, chosen: Choices, missing: str) -> Iterator[tuple[str, str]]:
    """What keeps the chosen customer from being written to."""
    if chosen.customer_id is None:
        yield "customer_id", missing
        return
    found = session.get(Customer, chosen.customer_id)
    if found is None or found.erased_at is not None:
        yield "customer_id", "This customer was erased. Choose another one."


def trigger_campaign(session: Session, chosen: Choices, missing: str) -> Iterator[tuple[str, str]]:
    """What keeps the campaign whose codes start it from being waited for."""
    if chosen.trigger_campaign_id is None:
        yield "trigger_campaign_id", missing
    elif session.get(Campaign, chosen.trigger_campaign_id) is None:
        yield "trigger_campaign_id", "This campaign was deleted. Choose another one."


def campaign_closed(session: Session, campaign: Campaign) -> str:
    """Why no codes of this campaign can be sent now; empty where they can."""
    now = clock.now(session)
    if no_codes := campaign_kind(campaign.kind).no_codes:
        return f"“{campaign.name}” {no_codes}"
    if not campaign.active:
        return f"“{campaign.name}” is switched off. Activate the campaign, or choose another one."
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return f"“{campaign.name}” has ended, its codes are worth nothing any more. Choose another campaign or give it a later end."
    if campaign.auto_update or campaign.generation == "running" or pool(session, campaign.id).free > 0:
        return ""
    if campaign.generation == "failed":
        return f"The codes of “{campaign.name}” could not be made: {campaign.generation_error}"
    return f"“{campaign.name}” has no code left. Add codes, or switch auto-update on."
