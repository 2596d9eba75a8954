"""The last step: what will happen, to whom, when; what stands in the way; and the button that launches it."""

import datetime
from dataclasses import replace
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session
from wtforms import StringField, ValidationError

from domain.distributions.control import countdown
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import check_channels, check_trigger, sentence
from domain.distributions.plan.check_trigger import chosen_time
from domain.distributions.plan.names import DisplayNames
from domain.distributions.preflight import checks as preflight
from domain.distributions.preflight.finding import PreflightCheck
from domain.incentives.codes.pool import pool
from domain.kernel.base import Prefix
from domain.tables.customers import Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign
from domain.tables.workspace import current_project
from webapp import formatting
from webapp.database import db
from webapp.distributions import presenters
from webapp.distributions.wizard.channels.view import channel_view
from webapp.distributions.wizard.state import SentForm, Step, WizardView, stand_in
from webapp.distributions.wizard.step_form import StepForm
from webapp.links import page_of


class SummaryForm(StepForm):
    """When it goes, where somebody chooses that."""

    chosen_at = StringField("Not before", filters=[lambda text: (text or "").strip()[:16]])

    def validate_chosen_at(self, field: StringField) -> None:
        """A day and a time that is not over, or nothing. Raises ValidationError."""
        try:
            datetime.datetime.fromisoformat(field.data or "2000-01-01")
        except ValueError:
            raise ValidationError(check_trigger.NO_TIME) from None
        if field.data != field.object_data:
            asked = Spec(chosen_at=field.data or "", chosen_zone=current_project(db.session()).zone)
            if late := check_trigger.passed(asked, formatting.now()):
                raise ValidationError(late.text)


def form(session: Session, spec: Spec, sent: SentForm | None, given: dict[str, Any]) -> SummaryForm:
    """The form, as it was sent, or filled with what is chosen."""
    return SummaryForm(sent, data={"chosen_at": spec.chosen_at} | given)


def read(session: Session, spec: Spec, form: SummaryForm) -> Spec:
    """The spec with what this step's form says; the time is one of the project's zone."""
    at = form.chosen_at.data or ""
    if at == spec.chosen_at:
        return spec
    return replace(spec, chosen_at=at, chosen_zone=current_project(session).zone if at else "")


def values(session: Session, seen: WizardView, form: SummaryForm) -> dict[str, Any]:
    """What the template of this step needs."""
    return summary(session, seen, stand_in(session, seen.spec))


def summary(session: Session, seen: WizardView, customer: Customer | None) -> dict[str, Any]:
    """What the last step shows."""
    row, spec, names, audience, out, people = seen.row, seen.spec, seen.names, seen.audience, seen.out, seen.people
    campaign = session.get(Campaign, spec.gives) if spec.gives else None
    free = pool(session, campaign.id).free if campaign else 0
    due = due_at(session, row, spec)
    checks = preflight.checks(session, spec, [m for m in seen.mistakes if m.step != "summary"], audience, people, names)
    when = presenters.moment(due) if due and not spec.live else ""
    number = formatting.plural(people, "person", "people") if audience and spec.to_segment else ""
    allowed = check_channels.known(session, spec)
    return {
        "sentence": sentence.phrases(spec, names, people=number, when=when),
        "checks": checks,
        "fine": sum(c.level == "good" for c in checks),
        "look_at": sum(c.level in {"bad", "warn"} for c in checks),
        "out": out,
        "people": people,
        "campaign": campaign,
        "free": free,
        "due": due,
        "waits": _waits(session, spec),
        "delay": countdown.delay(session),
        "button": button(row, spec, people, due, names),
        "customer": customer,
        "ways": [channel_view(session, spec, channel, customer, allowed, row.id) for channel in spec.channels],
        "shown": presenters,
        "links": _links(checks),
    }


def due_at(session: Session, row: Distribution, spec: Spec) -> datetime.datetime | None:
    """When it would go out if it was launched now; of a scheduled one that is edited, when it goes out."""
    if spec.live or _waits(session, spec) is not None:
        return None
    try:
        chosen = chosen_time(spec)
    except (ValueError, KeyError):
        return None
    earliest = row.due_at if row.status == "scheduled" and row.due_at else formatting.now() + countdown.delay(session)
    return max(chosen, earliest) if chosen else earliest


def _waits(session: Session, spec: Spec) -> Segment | None:
    """The segment that must be in sync first."""
    segment = session.get(Segment, spec.to_segment) if spec.to_segment and not spec.live else None
    return segment if segment is not None and not countdown.in_sync(segment) else None


def button(row: Distribution, spec: Spec, people: int, due: datetime.datetime | None, names: DisplayNames) -> str:
    """What the button does: “Send 1,204 codes at 12:14”, “Set live”, “Apply as version 3”."""
    if row.side_spec is not None:
        return f"Apply as version {row.version + 1}"
    if spec.live:
        return "Set live"
    thing = formatting.plural(people, "code") if spec.gives_new_code else formatting.plural(people, "message")
    if spec.to_customer:
        thing = f"it to {names.customers.get(spec.to_customer, 'them')}"
    return f"Send {thing} at {presenters.moment(due)}" if due else f"Send {thing} after the sync"


_ABOUT = {"connection": Prefix.CONNECTION, "campaign": Prefix.CAMPAIGN, "segment": Prefix.SEGMENT}


def _links(checks: list[PreflightCheck]) -> dict[int, str]:
    """Where the link of each check leads, by its place in the list."""
    found = {n: page_of(_ABOUT[check.about], check.id) for n, check in enumerate(checks) if check.about in _ABOUT and check.id is not None}
    return found | {n: url_for("project.index") for n, check in enumerate(checks) if check.about == "project"}


def chosen(spec: Spec, names: DisplayNames) -> str:
    """The rail says how much is left to do instead."""
    return ""


STEP = Step("summary", "Summary", form, read, values, chosen)
