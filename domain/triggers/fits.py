"""What goes with what? Which actions can follow a trigger, and which channels can carry them; where not, the one sentence that says why."""

from collections.abc import Sequence

from domain.triggers.catalogue import action, actions, trigger, triggers
from domain.triggers.contract import Action, Trigger
from integrations.contract import Mode

NAMED = 3
"""So many remedies are named in a sentence; who needs another one sees it in the list."""


def action_closed(trigger_key: str, action_key: str) -> str:
    """Why this action cannot follow this trigger; empty where it can."""
    start, act = trigger(trigger_key), action(action_key)
    if act is None:
        return "Choose what people get."
    if start is None or act.key in start.actions:
        return ""
    return act.closed or start.no_other or f"“{act.label}” cannot follow “{start.label}”."


def channel_closed(trigger_key: str, action_key: str, mode: Mode) -> str:
    """Why a channel cannot carry this action after this trigger; empty where it can, or where nothing is chosen yet."""
    start, act = trigger(trigger_key), action(action_key)
    able = [one for one in actions().values() if carries(mode, one)]
    if start is not None and not any(one.key in start.actions for one in able):
        after = [one.label for one in triggers().values() if any(can.key in one.actions for can in able)]
        return f"It is not written to after “{start.label}”. It can follow {_or(after)}."
    if act is None or act in able:
        return ""
    if mode.takes not in act.takes:
        return "Platforms write codes and facts to a profile and send words of their own: choose a code or a promotion for them."
    return f"It cannot carry “{act.label}”. Choose {_or([one.label for one in able])} for it."


def carries(mode: Mode, act: Action) -> bool:
    """Whether a channel is given by this action what it needs."""
    return mode.takes in act.takes and mode.needs <= act.gives


def facts(trigger_key: str, action_key: str, *, segment: bool = False) -> frozenset[str]:
    """What a message knows beyond the customer, as `domain.messages.variables.known` asks. `segment`: whether it goes to a segment."""
    start, act = trigger(trigger_key), action(action_key)
    brought = (start.facts if start else frozenset()) | (act.facts if act else frozenset())
    return brought | {"segment"} if segment else brought


def asked(chosen: Trigger | Action | None, field: str) -> bool:
    """Whether this trigger or action asks for the field; what is not asked for never reaches a plan."""
    return chosen is not None and field in chosen.asks


def _or(labels: Sequence[str]) -> str:
    said = " or ".join(f"“{label}”" for label in labels[:NAMED])
    return f"{said} and others" if len(labels) > NAMED else said
