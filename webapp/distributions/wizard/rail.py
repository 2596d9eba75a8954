"""What does the rail beside each step say of the four steps: what is chosen there, or what is wrong?"""

from dataclasses import dataclass

from webapp.distributions.wizard.state import Step, WizardView
from webapp.distributions.wizard.steps import STEPS


@dataclass(frozen=True)
class RailStep:
    """A step of the rail. `kind`: `done`, `here`, `fix` (with its reason in `about`) or `todo`."""

    key: str
    label: str
    kind: str
    about: str
    number: int


def rail(view: WizardView) -> list[RailStep]:
    """The four steps, with what is chosen or what is wrong."""
    return [_step(view, number, step) for number, step in enumerate(STEPS.values(), 1)]


def _step(view: WizardView, number: int, step: Step) -> RailStep:
    wrong = [m for m in view.mistakes if m.step == step.key]
    about = _ready(view) if step.key == "summary" else step.chosen(view.spec, view.names)
    touched = {"trigger": view.spec.trigger, "action": view.spec.action, "channels": view.spec.channels}.get(step.key)
    if step.key == view.step:
        return RailStep(step.key, step.label, "here", about, number)
    if not touched:
        return RailStep(step.key, step.label, "todo", about, number)
    return RailStep(step.key, step.label, "fix" if wrong else "done", _short(wrong[0].text) if wrong else about, number)


def _ready(view: WizardView) -> str:
    """What the rail says under Summary."""
    count = len(view.mistakes)
    return "" if not view.spec.trigger else "Ready" if not count else f"{count} to put right"


def _short(text: str) -> str:
    head = text.partition(". ")[0].rstrip(".")
    return head if len(head) <= 60 else f"{head[:57]}…"
