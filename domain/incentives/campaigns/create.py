"""Begin a campaign. Its codes are made in the background, or imported."""

import uuid

from sqlalchemy.orm import Session

from domain.incentives.campaigns.check_draft import mistakes
from domain.incentives.campaigns.draft import Draft
from domain.incentives.codes.generate import ask
from domain.incentives.pool_alerts import setting
from domain.incentives.rules.limit import limit
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign


def create(session: Session, actor: Actor, draft: Draft) -> Campaign:
    """A new campaign; its codes are asked for. Raises Refused, by field."""
    if wrong := mistakes(session, draft):
        raise Refused(wrong)
    now = clock.now(session)
    campaign = Campaign(
        name=draft.name.strip(),
        name_key=folded(draft.name),
        description=draft.description.strip(),
        kind=draft.kind,
        discount=draft.discount,
        currency=draft.currency.upper(),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        valid_days=draft.valid_days,
        pattern=draft.pattern,
        charset=draft.charset if draft.pattern else "",
        auto_update=draft.auto_update,
        join_once=draft.join_once,
        redemption_limit=draft.redemption_limit,
        settings=draft.settings,
        details=draft.details,
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    session.add(campaign)
    limit_to(session, campaign, draft.segment_id)
    session.flush()
    setting.keep(session, campaign.id, draft.alert, free=draft.count)
    audit.record(session, actor, "create campaign", outside(Prefix.CAMPAIGN, campaign.id), campaign.name, after={"codes": draft.count})
    if draft.pattern and draft.count:
        ask(session, actor, campaign, draft.count)
    return campaign


def limit_to(session: Session, campaign: Campaign, segment_id: uuid.UUID | None) -> None:
    """Only members of this segment can use its codes; None: everybody can."""
    if segment_id != campaign.segment_id:
        campaign.segment_id = segment_id
        limit(session, campaign, segment_id)
