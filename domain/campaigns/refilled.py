"""Codes were added: what waited for them goes on."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.campaigns.low import settled
from domain.campaigns.models import Campaign
from domain.distributions.mistakes import NotNow
from domain.distributions.models import Distribution
from domain.distributions.resume import resume
from domain.project.audit import SYSTEM


def refilled(session: Session, campaign: Campaign) -> int:
    """Close the notices about its pool, and resume the distributions that paused for want of its codes; how many."""
    settled(session, campaign)
    named = Distribution.spec["campaign_id"].astext == str(campaign.id)
    waiting = select(Distribution.id).where(Distribution.status == "paused", Distribution.pause_reason == "no_codes", named)
    return sum(_resumed(session, id) for id in session.scalars(waiting.order_by(Distribution.id)).all())


def _resumed(session: Session, id: uuid.UUID) -> bool:
    try:
        return not resume(session, id, SYSTEM)
    except NotNow:  # a person was faster
        return False
