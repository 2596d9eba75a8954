"""The second step: what do people get?"""

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.plan.names import DisplayNames as Called
from domain.kernel.base import Prefix, inside
from domain.tables.incentives import Campaign, Tier
from domain.triggers import catalogue as choices
from webapp.distributions.wizard import tiles
from webapp.distributions.wizard.state import Form, WizardView, left_out_now, limited, use_segment
from webapp.distributions.wizard.tiles import Option


def read(session: Session, spec: Spec, form: Form) -> Spec:
    """The spec with what this step's form says."""
    if form.get("action") in choices.ACTIONS:
        spec = replace(spec, action=form["action"])
    if "campaign" in form:
        spec = replace(spec, campaign_id=inside(Prefix.CAMPAIGN, form["campaign"]))
    if "tier" in form:
        spec = replace(spec, tier_id=inside(Prefix.TIER, form["tier"]))
    if "skip_holders" in form.getlist("asked"):
        spec = replace(spec, skip_holders="skip_holders" in form)
    return use_segment(spec, form)


def values(session: Session, seen: WizardView) -> dict[str, Any]:
    """What the template of this step needs."""
    spec = seen.spec
    return {
        "actions": actions(session, spec),
        "campaigns": tiles.campaigns(session, spec.campaign_id) if spec.action == "codes" else [],
        "tiers": tiles.tiers(session, spec.tier_id) if spec.action == "promotion" else [],
        "out": left_out_now(session, seen),
        "limited": limited(session, spec),
    }


def actions(session: Session, spec: Spec) -> list[Option]:
    """What people can get."""
    return [
        Option(
            action.key,
            action.label,
            action.about,
            action.icon,
            off=choices.action_closed(spec.trigger, action.key) or _nothing_there(session, action.key),
            href=_REMEDIES.get(action.key, ("", ""))[0],
            remedy=_REMEDIES.get(action.key, ("", ""))[1],
            chosen=spec.action == action.key,
        )
        for action in choices.ACTIONS.values()
    ]


_REMEDIES = {"codes": ("/campaigns", "Make a campaign"), "promotion": ("/campaigns", "Make a promotion")}


def _nothing_there(session: Session, action: str) -> str:
    if action == "codes" and not session.scalar(select(Campaign.id).where(Campaign.kind != "promotion").limit(1)):
        return "There is no campaign with codes yet."
    if action == "promotion" and not session.scalar(select(Tier.id).limit(1)):
        return "There is no promotion yet."
    return ""


def action_words(spec: Spec, names: Called) -> str:
    """What the rail says under Action."""
    match spec.action:
        case "codes" if spec.campaign_id:
            return f"Code of {names.campaigns.get(spec.campaign_id, 'a deleted campaign')}"
        case "promotion" if spec.tier_id:
            return f"Promotion {names.tiers.get(spec.tier_id, 'deleted')}"
    action = choices.action(spec.action)
    return action.label if action else ""
