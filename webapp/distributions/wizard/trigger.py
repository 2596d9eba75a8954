"""The first step: what starts it, and who gets it; a customer or a segment may be made on the spot, without leaving the wizard."""

from dataclasses import replace
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from wtforms import Field, HiddenField, RadioField, SearchField, SelectField, StringField

from domain.customers.facts.catalogue import known
from domain.customers.profiles import create, customer_input, find
from domain.customers.profiles.fields import FIELDS as CUSTOMER_FIELDS
from domain.customers.segments import create as segments
from domain.distributions.audience import size as audience
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan.names import DisplayNames
from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.shop.custom_events import schemas
from domain.tables.customers import Customer
from domain.triggers import catalogue as choices
from domain.triggers.contract import TriggerField
from domain.triggers.fits import asked
from domain.triggers.lately import how_often
from domain.triggers.own_settings import PREFIX
from webapp.access import actor, can
from webapp.customers.forms import CONTROLS
from webapp.distributions.wizard import tiles
from webapp.distributions.wizard.state import MadeOnTheSpot, SentForm, Step, WizardView, left_out_now, limited
from webapp.distributions.wizard.step_form import IdField, IdSelect, StepForm, SwitchField, choice, one_of, stripped
from webapp.formatting import plural
from webapp.segments import preview as previews
from webapp.segments.builder import Builder

AUDIENCES = ("customer", "segment", "new")
IN_PASSING = {
    f"new_{field.key}": StringField(field.label, filters=[stripped], render_kw=CONTROLS[field.control])
    for field in CUSTOMER_FIELDS
    if field.in_passing
}
"""What is asked of a customer who is added on the spot."""
UNSYNCED = {"syncing": ", syncing", "failed": ", sync failed"}

_SEGMENT = {"segment": IdSelect("Segment", of=Prefix.SEGMENT, empty="Choose a segment", id="segment_id")}
FIELDS: dict[str, dict[str, Any]] = {
    "audience": _SEGMENT
    | {
        "audience": HiddenField(),
        "customer": IdField(of=Prefix.CUSTOMER, id="customer_id"),
        "who": SearchField("Who?", filters=[stripped]),
    }
    | IN_PASSING,
    "segment_id": _SEGMENT,
    "trigger_campaign_id": {
        "trigger_campaign": IdSelect("Campaign", of=Prefix.CAMPAIGN, empty="Choose a campaign", id="trigger_campaign_id")
    },
    "event_schema_id": {"event": IdSelect("Custom event", of=Prefix.EVENT_SCHEMA, empty="Choose a custom event", id="event_schema_id")},
    "current_members": {"current_members": SwitchField("Also those who are inside already")},
    "once_ever": {"once_ever": SwitchField("Once per customer, ever")},
    "catch_up": {"catch_up": SwitchField("Catch up after a pause")},
}
"""What a trigger asks for -> the fields of the form that ask it."""


class TriggerForm(StepForm):
    """What starts it; what else is asked depends on that, and is added by `form`."""

    pace = RadioField(
        choices=[choice("once", "Once, by hand"), choice("live", "When something happens")], validate_choice=False, validators=[one_of]
    )
    trigger = RadioField(
        choices=lambda: [choice(key, one.label) for key, one in choices.triggers().items()], validate_choice=False, validators=[one_of]
    )

    def started(self) -> str:
        """The trigger that is chosen: of those that are live the usual one, where none was named."""
        if self.pace.data == "once":
            return choices.usual(live=False).key
        if self.pace.data == "live":
            return self.trigger.data if choices.is_live(self.trigger.data) else choices.usual(live=True).key
        return self.trigger.object_data or ""

    def in_passing(self) -> list[Field]:
        """What is asked of a customer who is added on the spot."""
        return [self[name] for name in IN_PASSING]

    def typed(self) -> dict[str, str]:
        """What the spec does not keep: the search."""
        return {"who": self.who.data} if "who" in self else {}


def _own(spec: Spec) -> tuple[TriggerField, ...]:
    return spec.chosen_trigger.fields if spec.chosen_trigger else ()


def _control(field: TriggerField) -> Any:
    """The control of a setting; whether what is typed is right, the domain says."""
    if field.choices:
        return SelectField(field.label, choices=[choice(*one) for one in field.choices], validate_choice=False)
    return StringField(field.label, filters=[stripped], render_kw={"inputmode": "numeric"} if field.number else None)


def _asked(spec: Spec) -> tuple[str, ...]:
    return spec.chosen_trigger.asks if spec.chosen_trigger else ()


def form(session: Session, spec: Spec, sent: SentForm | None, given: dict[str, Any]) -> TriggerForm:
    """Asks what the trigger chosen now asks for; what was sent may come from the form of the one chosen before."""
    pace = "live" if spec.live else "once" if spec.trigger else ""
    start = TriggerForm(sent, data={"pace": pace, "trigger": spec.trigger})
    start.validate()
    spec_then = replace(spec, trigger=start.started())

    class _Asked(TriggerForm):
        pass

    for name in dict.fromkeys([*_asked(spec), *_asked(spec_then)]):
        for key, field in FIELDS[name].items():
            setattr(_Asked, key, field)
    for own in dict.fromkeys([*_own(spec), *_own(spec_then)]):
        setattr(_Asked, f"{PREFIX}{own.key}", _control(own))
    values = {f"{PREFIX}{own.key}": spec.typed_settings.get(own.key, own.default) for own in (*_own(spec), *_own(spec_then))} | {
        "pace": pace,
        "trigger": spec.trigger,
        "audience": spec.audience,
        "customer": spec.customer_id,
        "segment": spec.segment_id,
        "trigger_campaign": spec.trigger_campaign_id,
        "event": spec.event_schema_id,
        "current_members": spec.current_members,
        "once_ever": spec_then.once,
        "catch_up": spec.catch_up,
        "new_name": (spec.new_segment or {}).get("name", "") if spec.audience == "new" else "",
    }
    return _Asked(sent, data=values | given)


def read(session: Session, spec: Spec, form: TriggerForm) -> Spec:
    """The spec with what this step's form says."""
    said = form.data
    spec = replace(
        spec,
        trigger=form.started(),
        customer_id=said.get("customer", spec.customer_id),
        segment_id=said.get("segment", spec.segment_id),
        trigger_campaign_id=said.get("trigger_campaign", spec.trigger_campaign_id),
        event_schema_id=said.get("event", spec.event_schema_id),
        current_members=said.get("current_members", spec.current_members),
        catch_up=said.get("catch_up", spec.catch_up),
    )
    own = {one.key: said[f"{PREFIX}{one.key}"] for one in _own(spec) if f"{PREFIX}{one.key}" in said}
    spec = replace(spec, typed_settings={**spec.typed_settings, **own})
    if asked(spec.chosen_trigger, "once_ever") and "once_ever" in said and (spec.once_ever is not None or said["once_ever"] != spec.once):
        spec = replace(spec, once_ever=said["once_ever"])  # untouched, it stays with its default
    if "audience" in said and asked(spec.chosen_trigger, "audience"):
        spec = replace(spec, audience=form.what if form.verb == "audience" and form.what in AUDIENCES else said["audience"])
    if {"rules-join", "rules--join"} & request.form.keys():
        condition = Builder.sent(known(session), request.form, form_id="wizard").condition()
        spec = replace(spec, new_segment={"name": said.get("new_name", ""), "condition": condition})
    segment = inside(Prefix.SEGMENT, form.what) if form.verb == "segment" else None
    return spec.about_segment(segment) if segment else spec


def make(session: Session, spec: Spec, form: TriggerForm) -> MadeOnTheSpot:
    """A customer added on the spot, or the new segment saved, where the button asks for it."""
    if form.do.data == "add-customer" and "new_email" in form:
        return _customer(session, spec, {name.removeprefix("new_"): form[name].data for name in IN_PASSING})
    if form.do.data == "next" and "new_name" in form and asked(spec.chosen_trigger, "audience") and spec.audience == "new":
        return _segment(session, spec, form.new_name.data)
    growing = form.verb == "rules"  # the builder's own buttons: a row added, a group, or one fewer
    return MadeOnTheSpot(spec, builder=Builder.sent(known(session), request.form, form_id="wizard") if growing else None)


def _customer(session: Session, spec: Spec, typed: dict[str, str]) -> MadeOnTheSpot:
    if not can("edit customers"):
        return MadeOnTheSpot(spec, (Mistake("trigger", "new_name", "You may not add customers."),))
    try:
        with session.begin_nested():
            one = create.add(session, actor(), customer_input.read(session, typed), how="in the wizard")
    except Refused as wrong:
        mistakes = tuple(Mistake("trigger", f"new_{key or 'name'}", text) for key, text in wrong.mistakes.items())
        return MadeOnTheSpot(spec, mistakes, {f"new_{key}": text for key, text in typed.items()} | {"adding": "yes"})
    return MadeOnTheSpot(replace(spec, customer_id=one.id))


def _segment(session: Session, spec: Spec, name: str) -> MadeOnTheSpot:
    """Save the new segment: from then on it is an ordinary one, and the audience."""
    if not can("edit segments"):
        return MadeOnTheSpot(spec, (Mistake("trigger", "new_name", "You may not make segments."),))
    builder = Builder.sent(known(session), request.form, form_id="wizard")
    condition = builder.checked(session)
    if condition is None:
        return MadeOnTheSpot(spec, tuple(Mistake("trigger", field, text) for field, text in builder.mistakes), builder=builder)
    try:
        with session.begin_nested():
            made = segments.dynamic(session, actor(), name, condition)
    except Refused as wrong:
        builder.show_mistakes(wrong)
        mistakes = (Mistake("trigger", "new_name" if key in {"", "name"} else key, text) for key, text in wrong.mistakes.items())
        return MadeOnTheSpot(spec, tuple(mistakes), builder=builder)
    return MadeOnTheSpot(replace(spec, audience="segment", segment_id=made.id, new_segment=None))


def values(session: Session, seen: WizardView, form: TriggerForm) -> dict[str, Any]:
    """What the template of this step needs."""
    spec, who = seen.spec, seen.typed.get("who", request.args.get("who", "")).strip()
    after = inside(Prefix.CUSTOMER, request.args.get("after", ""))
    if "segment" in form:
        found = tiles.segments(session, spec.segment_id)
        form.segment.offer((one.id, f"{one.name} ({plural(one.size, 'member')}{UNSYNCED.get(one.sync, '')})") for one in found)
    if "trigger_campaign" in form:
        form.trigger_campaign.offer((one.campaign.id, one.campaign.name) for one in tiles.campaigns(session, spec.trigger_campaign_id))
    if "event" in form:
        form.event.offer((one.id, one.name) for one in schemas.every(session))
    if "who" in form:
        form.who.data = who
    return {
        "customer": session.get(Customer, spec.customer_id) if spec.customer_id else None,
        "who": who,
        "people": find.page(session, find.CustomerFilter(text=who), size=8)[0] if who else [],
        "sample": audience.some_customers(session, spec, after) if seen.audience and spec.to_segment else [],
        "out": left_out_now(seen),
        "limited": limited(session, spec),
        "lately": how_often(session, spec.chosen_trigger, spec) if spec.chosen_trigger else None,
        **(_builder(session, seen) if spec.audience == "new" and asked(spec.chosen_trigger, "audience") else {"builder": None}),
    }


def _builder(session: Session, seen: WizardView) -> dict[str, Any]:
    """The builder of a new segment, as it was left or as it was just sent, and whom it finds now."""
    kept = seen.spec.new_segment or {}
    one = seen.builder or Builder.of(known(session), kept.get("condition"), form_id="wizard")
    asked = Builder.of(one.facts, one.condition(), form_id="wizard")
    condition = asked.checked(session)
    return {"builder": one, "found_now": previews.segment_preview(session, condition, one.facts) if condition is not None else None}


def chosen(spec: Spec, names: DisplayNames) -> str:
    """What the rail says under Trigger."""
    start = spec.chosen_trigger
    if start is None:
        return ""
    said = "".join(start.brief(spec, names.called)).strip()
    return f"{start.rail}, {said[:1].lower()}{said[1:]}" if start.rail else said


STEP = Step("trigger", "Trigger", form, read, values, chosen, make)
