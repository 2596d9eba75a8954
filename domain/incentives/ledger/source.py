"""Does this campaign give codes now, and by which rules?"""

import uuid

from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.ledger.claim import CodeSource
from domain.kernel import clock
from domain.tables.incentives import Campaign


def source(session: Session, campaign_id: uuid.UUID) -> CodeSource:
    """The campaign as a claim sees it. Raises LookupError where there is none."""
    campaign = session.get(Campaign, campaign_id, populate_existing=True)
    if campaign is None:
        raise LookupError(f"There is no campaign {campaign_id}.")
    return CodeSource(
        id=campaign.id,
        join_once=campaign.join_once,
        redemption_limit=campaign.redemption_limit,
        auto_update=campaign.auto_update and campaign.generation != "running",
        pattern=campaign.pattern,
        charset=campaign.charset,
        making=campaign.generation == "running",
        closed=_closed(session, campaign),
    )


def _closed(session: Session, campaign: Campaign) -> str:
    if no_codes := campaign_kind(campaign.kind).no_codes:
        return f"The campaign “{campaign.name}” {no_codes}"
    if not campaign.active:
        return f"The campaign “{campaign.name}” is switched off."
    if campaign.ends_at is not None and campaign.ends_at <= clock.now(session):
        return f"The campaign “{campaign.name}” has ended."
    return ""
