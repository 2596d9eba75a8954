"""Begin a campaign. Its codes are made in the background, or imported."""

import uuid

from sqlalchemy.orm import Session

from domain import clock
from domain.base import Prefix, folded, outside
from domain.campaigns.draft import Draft, mistakes
from domain.campaigns.generate import ask
from domain.campaigns.models import Campaign
from domain.project import audit
from domain.refused import Refused
from domain.rules.models import Rule


def create(session: Session, actor: audit.Actor, draft: Draft) -> Campaign:
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
        details=draft.details,
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    session.add(campaign)
    limit_to(session, campaign, draft.segment_id)
    session.flush()
    audit.record(session, actor, "create campaign", outside(Prefix.CAMPAIGN, campaign.id), campaign.name, after={"codes": draft.count})
    if draft.pattern and draft.count:
        ask(session, actor, campaign, draft.count)
    return campaign


def limit_to(session: Session, campaign: Campaign, segment_id: uuid.UUID | None) -> None:
    """Only members of this segment can use its codes: a rule of one leaf. None: everybody can."""
    if segment_id == campaign.segment_id:
        return
    old = session.get(Rule, campaign.rule_id) if campaign.rule_id else None
    campaign.segment_id, campaign.rule_id = segment_id, None
    if segment_id is not None:
        now = clock.now(session)
        rule = Rule(condition={"fact": "segment", "is": "member", "value": str(segment_id)}, created_at=now, updated_at=now)
        session.add(rule)
        session.flush()
        campaign.rule_id = rule.id
    if old is not None:
        session.flush()
        session.delete(old)
