"""What is made on the spot, without leaving the wizard: a customer, or a segment from the conditions on the page."""

from dataclasses import replace
from typing import Any

from flask import g, request
from sqlalchemy.orm import Session

from domain.customers.facts.catalogue import known
from domain.customers.profiles import create
from domain.customers.profiles import input as facts
from domain.customers.segments import create as segments
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import Mistake
from domain.kernel.errors import Refused
from webapp.access import actor, can
from webapp.distributions.reading import Form
from webapp.segments.builder import Builder

CUSTOMER_FIELDS = ("name", "email", "phone")


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
