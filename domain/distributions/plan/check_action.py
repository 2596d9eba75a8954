"""What is wrong with what people get?"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes.pool import pool
from domain.kernel import clock
from domain.tables.incentives import Campaign, Tier
from domain.triggers import catalogue as choices


def mistakes(session: Session, spec: Spec) -> list[Mistake]:
    """Mistakes of the step Action."""
    return [Mistake("action", field, text) for field, text in _found(session, spec)]


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


def _found(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    if refused := choices.action_closed(spec.trigger, spec.action):
        yield "action", refused
        return
    match spec.action:
        case "codes":
            yield from _codes(session, spec)
        case "promotion":
            yield from _promotion(session, spec)


def _codes(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    if spec.campaign_id is None:
        yield "campaign_id", "Choose the campaign whose codes are sent."
        return
    campaign = session.get(Campaign, spec.campaign_id)
    if campaign is None:
        yield "campaign_id", "This campaign was deleted. Choose another one."
    elif refused := campaign_closed(session, campaign):
        yield "campaign_id", refused


def _promotion(session: Session, spec: Spec) -> Iterator[tuple[str, str]]:
    if spec.tier_id is None:
        yield "tier_id", "Choose the promotion people are told about."
        return
    tier = session.get(Tier, spec.tier_id)
    if tier is None:
        yield "tier_id", "This promotion was deleted. Choose another one."
        return
    campaign = session.get(Campaign, tier.campaign_id)
    now = clock.now(session)
    if not tier.active or campaign is None or not campaign.active:
        yield "tier_id", f"“{tier.name}” is switched off. Activate it, or choose another promotion."
    elif any(end is not None and end <= now for end in (tier.ends_at, campaign.ends_at)):
        yield "tier_id", f"“{tier.name}” has ended. Choose another promotion or give it a later end."
