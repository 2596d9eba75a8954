"""The second step: what do people get?"""

from dataclasses import replace
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from wtforms import RadioField

from domain.distributions.draft.spec import Spec
from domain.distributions.plan.names import DisplayNames
from domain.kernel.base import Prefix, inside
from domain.triggers import catalogue as choices
from domain.triggers.fits import action_closed, asked
from webapp.distributions.wizard import tiles
from webapp.distributions.wizard.state import SentForm, Step, WizardView, left_out_now, limited
from webapp.distributions.wizard.step_form import IdField, StepForm, SwitchField, choice, one_of
from webapp.distributions.wizard.tiles import Option


class ActionForm(StepForm):
    """What people get, and of which campaign or promotion."""

    action = RadioField(
        choices=lambda: [choice(key, one.label) for key, one in choices.actions().items()], validate_choice=False, validators=[one_of]
    )
    campaign = IdField(of=Prefix.CAMPAIGN, id="campaign_id")
    tier = IdField(of=Prefix.TIER, id="tier_id")
    skip_holders = SwitchField("Skip who holds an active code of this campaign already")


def form(session: Session, spec: Spec, sent: SentForm | None, given: dict[str, Any]) -> ActionForm:
    """The form, as it was sent, or filled with what is chosen."""
    values = {"action": spec.action, "campaign": spec.campaign_id, "tier": spec.tier_id, "skip_holders": spec.skip_holders}
    return ActionForm(sent, data=values | given)


def read(session: Session, spec: Spec, form: ActionForm) -> Spec:
    """The spec with what this step's form says."""
    spec = replace(
        spec,
        action=form.action.data or "",
        campaign_id=form.campaign.data,
        tier_id=form.tier.data,
        skip_holders=form.skip_holders.data,
    )
    segment = inside(Prefix.SEGMENT, form.what) if form.verb == "segment" else None
    return spec.about_segment(segment) if segment else spec


def values(session: Session, seen: WizardView, form: ActionForm) -> dict[str, Any]:
    """What the template of this step needs."""
    spec = seen.spec
    return {
        "actions": actions(session, spec),
        "campaigns": tiles.campaigns(session, spec.campaign_id) if asked(spec.chosen_action, "campaign_id") else [],
        "tiers": tiles.tiers(session, spec.tier_id) if asked(spec.chosen_action, "tier_id") else [],
        "out": left_out_now(seen),
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
            off=action_closed(spec.trigger, action.key) or action.nothing_there(session),
            href=url_for(f"{action.remedy[0]}.index") if action.remedy[0] else "",
            remedy=action.remedy[1],
            chosen=spec.action == action.key,
        )
        for action in choices.actions().values()
    ]


def chosen(spec: Spec, names: DisplayNames) -> str:
    """What the rail says under Action."""
    return spec.chosen_action.rail(spec, names.called) if spec.chosen_action else ""


STEP = Step("action", "Action", form, read, values, chosen)
