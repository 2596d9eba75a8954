"""The four steps in their order, the form of each, and what its template needs."""

from typing import Any

from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.tables.distributions import Distribution
from domain.triggers import catalogue as choices
from webapp.database import db
from webapp.distributions.wizard import action, summary, trigger
from webapp.distributions.wizard.channels import step as channels
from webapp.distributions.wizard.state import SentForm, Step, WizardView
from webapp.distributions.wizard.step_form import show_mistakes

STEPS: dict[str, Step] = {step.key: step for step in (trigger.STEP, action.STEP, channels.STEP, summary.STEP)}
"""By key, in the order of the wizard."""


def after(step: str) -> str:
    """The step that follows; the last one follows itself."""
    keys = list(STEPS)
    return keys[min(keys.index(step) + 1, len(keys) - 1)]


def form_of(
    session: Session, step: str, row: Distribution, spec: Spec, sent: SentForm | None = None, typed: dict[str, str] | None = None
) -> Any:
    """The form of a step for this spec: as it was sent, or filled with what is known and what was typed besides."""
    given = {"name": draft.called(row), "row_version": str(row.row_version), **(typed or {})}
    return STEPS[step].form(session, spec, sent, given)


def values(seen: WizardView) -> dict[str, Any]:
    """What the template of the step needs."""
    session, step = db.session(), STEPS[seen.step]
    form = form_of(session, seen.step, seen.row, seen.spec, typed=seen.typed)
    show_mistakes(form, seen.wrong)
    base = {"wizard": seen, "form": form, "steps": STEPS, "spec": seen.spec, "row": seen.row, "choices": choices}
    return base | step.values(session, seen, form)
