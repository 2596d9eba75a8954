"""Switch a campaign off: its codes are worth nothing and none is given, until it is on again."""

from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Campaign


def switch(session: Session, actor: Actor, campaign: Campaign, on: bool) -> bool:
    """On or off; whether that changed anything."""
    session.flush()
    session.refresh(campaign, with_for_update={"key_share": True})
    if campaign.active == on:
        return False
    campaign.active = on
    campaign.row_version += 1
    campaign.updated_at, campaign.updated_by = clock.now(session), actor.name
    audit.record(session, actor, f"switch campaign {'on' if on else 'off'}", outside(Prefix.CAMPAIGN, campaign.id), campaign.name)
    return True
