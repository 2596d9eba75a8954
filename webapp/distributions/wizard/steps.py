"""The four steps in their order, how the form of each is read, and what the template of each needs."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.triggers import catalogue as choices
from webapp.database import db
from webapp.distributions.wizard import action, channels, summary, trigger
from webapp.distributions.wizard.state import Form, WizardView

READERS: dict[str, Callable[[Session, Spec, Form], Spec]] = {
    "trigger": trigger.read,
    "action": action.read,
    "channels": channels.read,
    "summary": summary.read,
}
"""Step -> how its form is read. Their order is the order of the wizard."""


STEPS = tuple(READERS)

_VALUES = {"trigger": trigger.values, "action": action.values, "channels": channels.values, "summary": summary.values}


def read(session: Session, step: str, spec: Spec, form: Form) -> Spec:
    """The spec with what this step's form says."""
    return READERS[step](session, spec, form)


def values(seen: WizardView) -> dict[str, Any]:
    """What the template of the step needs beyond the look itself."""
    return {"look": seen, "spec": seen.spec, "row": seen.row, "choices": choices, **_VALUES[seen.step](db.session(), seen)}
