"""Which triggers and actions are there? Every module in the rooms of `domain/triggers`, found by looking, imported when first asked for."""

import functools
import importlib
import pkgutil

from domain import triggers as floor
from domain.triggers.contract import Action, Category, SettledElsewhere, Trigger

ACTIONS = "actions"
"""The room of the actions; every other one holds the triggers of a category."""


def _modules(room: str) -> list[str]:
    """The modules of a room, by their full names."""
    face = importlib.import_module(f"{floor.__name__}.{room}")
    return [f"{face.__name__}.{module.name}" for module in pkgutil.iter_modules(face.__path__)]


@functools.cache
def entries() -> dict[str, Trigger | SettledElsewhere]:
    """Key -> everything that stands in the list of triggers, by category and label."""
    rooms = [module.name for module in pkgutil.iter_modules(floor.__path__) if module.ispkg and module.name != ACTIONS]
    found = [importlib.import_module(name).TRIGGER for room in rooms for name in _modules(room)]
    order = list(Category)
    return {one.key: one for one in sorted(found, key=lambda one: (order.index(one.category), one.label))}


@functools.cache
def triggers() -> dict[str, Trigger]:
    """Key -> trigger, by category and label."""
    return {key: one for key, one in entries().items() if isinstance(one, Trigger)}


@functools.cache
def actions() -> dict[str, Action]:
    """Key -> action, in their order."""
    found: list[Action] = [importlib.import_module(name).ACTION for name in _modules(ACTIONS)]
    return {one.key: one for one in sorted(found, key=lambda one: one.place)}


def trigger(key: str) -> Trigger | None:
    """The trigger named `key`, or None where nothing (or nothing we know) is chosen."""
    return triggers().get(key)


def action(key: str) -> Action | None:
    """The action named `key`, or None."""
    return actions().get(key)


def usual(*, live: bool) -> Trigger:
    """The first trigger that stays live, or the one that is sent once."""
    return next(one for one in triggers().values() if one.live == live)


def is_live(trigger_key: str) -> bool:
    """Whether a distribution with this trigger goes live instead of being sent once."""
    chosen = trigger(trigger_key)
    return chosen is not None and chosen.live


def forget() -> None:
    """Look anew (tests that put modules of their own beside)."""
    for cache in (entries, triggers, actions):
        cache.cache_clear()
