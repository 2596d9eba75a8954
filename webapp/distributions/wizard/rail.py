"""What does the rail beside each step say of the four steps: what is chosen there, or what is wrong?"""

from dataclasses import dataclass

from webapp.distributions.wizard.action import action_words
from webapp.distributions.wizard.state import WizardView
from webapp.distributions.wizard.steps import STEPS
from webapp.distributions.wizard.trigger import trigger_words

LABELS = {"trigger": "Trigger", "action": "Action", "channels": "Channels", "summary": "Summary"}


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
    return [_step(view, number, key) for number, key in enumerate(STEPS, 1)]


def _step(view: WizardView, number: int, key: str) -> RailStep:
    wrong = [m for m in view.mistakes if m.step == key]
    touched = {"trigger": view.spec.trigger, "action": view.spec.action, "channels": view.spec.channels}.get(key)
    about = _chosen(view, key)
    if key == view.step:
        return RailStep(key, LABELS[key], "here", about, number)
    if key == "summary" or not touched:
        return RailStep(key, LABELS[key], "todo", about, number)
    return RailStep(key, LABELS[key], "fix" if wrong else "done", _short(wrong[0].text) if wrong else about, number)


def _chosen(view: WizardView, key: str) -> str:
    match key:
        case "trigger":
            return trigger_words(view.spec, view.names)
        case "action":
            return action_words(view.spec, view.names)
        case "channels":
            ways = [view.names.channel(c.connection_id, c.mode) for c in view.spec.channels]
            return ", ".join(dict.fromkeys(w[:1].upper() + w[1:] for w in ways))
    count = len(view.mistakes)
    return "" if not view.spec.trigger else "Ready" if not count else f"{count} to put right"


def _short(text: str) -> str:
    head = text.partition(". ")[0].rstrip(".")
    return head if len(head) <= 60 else f"{head[:57]}…"
