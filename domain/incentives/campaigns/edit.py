"""Change a campaign. Once there are codes their look stays; once some were given, what its kind promised stays too."""

from typing import Any

from sqlalchemy.orm import Session

from domain.incentives.campaigns.check_draft import mistakes
from domain.incentives.campaigns.create import limit_to
from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes.pool import Pool, pool
from domain.incentives.pool_alerts import setting
from domain.journal import audit
from domain.kernel import row_versions
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign

CODE_SETTINGS = ("pattern", "charset")
OPEN = (
    "description", "discount", "currency", "starts_at", "ends_at", "valid_days", "auto_update", "redemption_limit", "join_once",
    "settings", "details",
)  # fmt: skip


def edit(session: Session, actor: Actor, campaign: Campaign, seen: int, draft: Draft) -> None:
    """Save `draft`. Raises Stale where somebody else saved since row_version `seen`, Refused by field."""
    row_versions.edit(session, campaign, seen, actor, f"the campaign “{campaign.name}”")
    codes = pool(session, campaign.id)
    wrong = fixed(campaign, draft, codes) | mistakes(session, draft, campaign)
    if wrong:
        raise Refused(wrong)
    before = _values(session, campaign)
    campaign.name, campaign.name_key = draft.name.strip(), folded(draft.name)
    for name in (*CODE_SETTINGS, *OPEN):
        setattr(campaign, name, getattr(draft, name))
    limit_to(session, campaign, draft.segment_id)
    session.flush()
    setting.keep(session, campaign.id, draft.alert, codes.free)
    after = _values(session, campaign)
    changed = [name for name in after if before[name] != after[name]]
    audit.record(
        session, actor, "edit campaign", outside(Prefix.CAMPAIGN, campaign.id), campaign.name,
        {name: before[name] for name in changed}, {name: after[name] for name in changed},
    )  # fmt: skip


def fixed(campaign: Campaign, draft: Draft, codes: Pool) -> dict[str, str]:
    """What can no longer be changed, by field and in words."""
    wrong = {}
    if codes.total and any(getattr(draft, name) != getattr(campaign, name) for name in CODE_SETTINGS):
        wrong["pattern"] = "Codes exist already, so their look stays as it is. Make another campaign for codes of another look."
    kind = campaign_kind(campaign.kind)
    if codes.given and any(getattr(draft, name) != getattr(campaign, name) for name in kind.promised):
        wrong[kind.worth_field] = "Codes were given already, and their holders were promised this. Make another campaign for another worth."
    return wrong


def _values(session: Session, campaign: Campaign) -> dict[str, Any]:
    names = ("name", *CODE_SETTINGS, *OPEN, "segment_id")
    values = {name: v if isinstance(v := getattr(campaign, name), (int, dict)) or v is None else str(v) for name in names}
    alert = setting.setting(session, campaign.id)
    return values | {"alert": setting.in_words(session, alert) if alert else ""}
