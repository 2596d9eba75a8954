"""The first step: what starts it, and who gets it; a customer or a segment may be made on the spot, without leaving the wizard."""

from dataclasses import replace
from typing import Any

from flask import g, request
from sqlalchemy.orm import Session

from domain.customers.facts.catalogue import known
from domain.customers.profiles import create, find
from domain.customers.profiles import input as facts
from domain.customers.segments import create as segments
from domain.distributions.audience import size as audience
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.distributions.plan import sentence
from domain.distributions.plan.names import DisplayNames as Called
from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from domain.triggers import catalogue as choices
from webapp.access import actor, can
from webapp.distributions.wizard import tiles
from webapp.distributions.wizard.state import Form, WizardView, left_out_now, limited, use_segment
from webapp.segments import preview as crowds
from webapp.segments.builder import Builder

CUSTOMER_FIELDS = ("name", "email", "phone")


def read(session: Session, spec: Spec, form: Form) -> Spec:
    """The spec with what this step's form says."""
    spec = replace(spec, trigger=_started(spec, form))
    verb, _, what = form.get("do", "").partition(":")
    if spec.trigger == "manual":
        audience = what if verb == "audience" and what in {"customer", "segment", "new"} else form.get("audience", spec.audience)
        spec = replace(spec, audience=audience)
    if "customer" in form:
        spec = replace(spec, customer_id=inside(Prefix.CUSTOMER, form["customer"]))
    if "segment" in form:
        spec = replace(spec, segment_id=inside(Prefix.SEGMENT, form["segment"]))
    if "trigger_campaign" in form:
        spec = replace(spec, trigger_campaign_id=inside(Prefix.CAMPAIGN, form["trigger_campaign"]))
    if "rules-join" in form or "rules--join" in form:
        built = Builder.sent(known(session), form, form_id="wizard")
        spec = replace(spec, new_segment={"name": form.get("new_name", "").strip(), "condition": built.condition()})
    return use_segment(_switches(spec, form), form)


def _switches(spec: Spec, form: Form) -> Spec:
    """Only switches that stood on the form; an untouched “once per customer” stays with its default."""
    asked = set(form.getlist("asked"))
    if "current_members" in asked:
        spec = replace(spec, current_members="current_members" in form)
    if "catch_up" in asked:
        spec = replace(spec, catch_up="catch_up" in form)
    if "once_ever" in asked and (spec.once_ever is not None or spec.once != ("once_ever" in form)):
        spec = replace(spec, once_ever="once_ever" in form)
    return spec


def _started(spec: Spec, form: Form) -> str:
    match form.get("pace"):
        case "once":
            return "manual"
        case "live":
            chosen = form.get("trigger", spec.trigger)
            return chosen if choices.is_live(chosen) else "segment_entered"
    return spec.trigger


def values(session: Session, seen: WizardView) -> dict[str, Any]:
    """What the template of this step needs."""
    spec, words = seen.spec, seen.typed.get("who", request.args.get("who", "")).strip()
    after = inside(Prefix.CUSTOMER, request.args.get("after", ""))
    customer = session.get(Customer, spec.customer_id) if spec.customer_id else None
    return {
        "segments": tiles.segments(session, spec.segment_id),
        "campaigns": tiles.campaigns(session, spec.trigger_campaign_id),
        "customer": customer,
        "who": words,
        "people": find.page(session, find.CustomerFilter(text=words), size=8)[0] if words else [],
        "sample": audience.some_customers(session, spec, after) if seen.crowd and spec.to_segment else [],
        "out": left_out_now(session, seen),
        "limited": limited(session, spec),
        **(building(session, seen) if spec.audience == "new" and spec.trigger == "manual" else {"builder": None}),
    }


def trigger_words(spec: Spec, names: Called) -> str:
    """What the rail says under Trigger."""
    if not spec.trigger:
        return ""
    lead, name, _ = sentence.brief(spec, names)
    if spec.trigger == "manual":
        return f"Manual, {lead[:1].lower()}{lead[1:]}{name}".strip()
    return f"{lead}{name}".strip()


def building(session: Session, seen: Any) -> dict[str, Any]:
    """The builder of a new segment, as it was left or as it was just sent, and whom it finds now."""
    kept = seen.spec.new_segment or {}
    one = seen.building or Builder.of(known(session), kept.get("condition"), form_id="wizard")
    asked = Builder.of(one.facts, one.condition(), form_id="wizard")
    condition = asked.checked(session)
    return {"builder": one, "found_now": crowds.crowd(session, condition, one.facts) if condition is not None else None}


def make(session: Session, step: str, spec: Spec, form: Form) -> tuple[Spec, list[Mistake]]:
    """The spec with what was made, and what of it was refused."""
    if step != "trigger":
        return spec, []
    if form.get("do") == "add-customer":
        return _customer(session, spec, form)
    if form.get("do") == "next" and spec.trigger == "manual" and spec.audience == "new":
        return _segment(session, spec, form)
    return spec, []


def kept() -> dict[str, Any]:
    """What was typed for something that was refused, to be shown again."""
    return {"typed": {"who": request.form.get("who", "").strip(), **g.get("made_typed", {})}, "building": g.get("made_building")}


def built(session: Session) -> Builder | None:
    """The builder after one of its own buttons was pressed: with a row added, a group, or one fewer."""
    if not request.form.get("do", "").startswith("rules:"):
        return None
    return Builder.sent(known(session), request.form, form_id="wizard")


def _customer(session: Session, spec: Spec, form: Form) -> tuple[Spec, list[Mistake]]:
    typed = {key: form.get(f"new_{key}", "").strip() for key in CUSTOMER_FIELDS}
    if not can("edit customers"):
        return spec, [Mistake("trigger", "new_name", "You may not add customers.")]
    try:
        with session.begin_nested():
            one = create.create(session, actor(), facts.read(session, typed), how="in the wizard")
    except Refused as wrong:
        g.made_typed = {f"new_{key}": text for key, text in typed.items()} | {"adding": "yes"}
        return spec, [Mistake("trigger", f"new_{key or 'name'}", text) for key, text in wrong.mistakes.items()]
    return replace(spec, customer_id=one.id), []


def _segment(session: Session, spec: Spec, form: Form) -> tuple[Spec, list[Mistake]]:
    """Save the new segment: from then on it is an ordinary one, and the audience."""
    if not can("edit segments"):
        return spec, [Mistake("trigger", "new_name", "You may not make segments.")]
    builder = Builder.sent(known(session), form, form_id="wizard")
    condition = builder.checked(session)
    g.made_building = builder
    if condition is None:
        return spec, [Mistake("trigger", field, text) for field, text in builder.mistakes]
    try:
        with session.begin_nested():
            made = segments.dynamic(session, actor(), form.get("new_name", ""), condition)
    except Refused as wrong:
        builder.tell(wrong)
        return spec, [Mistake("trigger", "new_name" if key in {"", "name"} else key, text) for key, text in wrong.mistakes.items()]
    return replace(spec, audience="segment", segment_id=made.id, new_segment=None), []
