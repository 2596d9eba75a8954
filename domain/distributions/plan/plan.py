"""What does a launched distribution do? Everything, frozen in one record, and how it is stored and read again."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from domain.tables.stored_json import Unreadable, Upgrader, numbered, typed, upgraded
from domain.triggers import catalogue, own_settings
from domain.triggers.contract import Action, Trigger

UPGRADERS: tuple[Upgrader, ...] = (lambda stored: stored,)
"""Each makes the next shape of a stored plan. 0 -> 1: only the number is new."""
WHAT = "The plan of this version"


@dataclass(frozen=True)
class Channel:
    """One way of the message. `key` (`c1`, `c2`, …) stays the same over edits."""

    key: str
    connection_id: uuid.UUID
    mode: str
    parts: dict[str, str]
    """The marketer's words with Liquid variables, by part: `subject`, `preheader`, `text`, `html`, `payload`, `from_name`, …"""
    permission_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Plan:
    """What will happen, to whom, by which channels."""

    trigger: str
    """The key of a trigger."""
    action: str
    """The key of an action."""
    channels: tuple[Channel, ...]
    segment_id: uuid.UUID | None = None
    segment_revision: int | None = None
    customer_id: uuid.UUID | None = None
    campaign_id: uuid.UUID | None = None
    """Whose codes are given."""
    trigger_campaign_id: uuid.UUID | None = None
    """Whose codes start it."""
    event_schema_id: uuid.UUID | None = None
    """The custom event that starts it."""
    tier_id: uuid.UUID | None = None
    current_members: bool = False
    """Also everybody inside at the launch."""
    once_ever: bool = False
    """A customer gets this at most once, however often the trigger fires."""
    catch_up: bool = False
    """Events while paused are served after resuming."""
    skip_holders: bool = False
    check_permission: bool = True
    no_permission_reason: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    """The trigger's own settings, as its `fields` read them."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def audience(self) -> str:
        """`customer` or `segment`, as the spec says it."""
        return "customer" if self.customer_id else "segment" if self.segment_id else ""

    @property
    def chosen_trigger(self) -> Trigger:
        """What starts it. A plan whose trigger is not known cannot be read."""
        return catalogue.triggers()[self.trigger]

    @property
    def chosen_action(self) -> Action:
        """What people get."""
        return catalogue.actions()[self.action]

    @property
    def code(self) -> str:
        """Where the code comes from that people get: the `pool` of the campaign, the `event` that started it; empty: there is none."""
        act = catalogue.action(self.action)
        return act.code if act else ""

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, read back by `from_json`."""
        return numbered({name: _plain(value) for name, value in asdict(self).items()}, UPGRADERS)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Plan:
        """The plan that `as_json` wrote. Raises Unreadable."""
        found = upgraded(stored, UPGRADERS, WHAT)
        try:
            plan = typed(cls, found)
            start, act = catalogue.trigger(plan.trigger), catalogue.action(plan.action)
            plan = replace(plan, settings=own_settings.stored(start, plan.settings)) if start else plan
        except (AttributeError, KeyError, TypeError, ValueError) as why:
            raise Unreadable(f"{WHAT} cannot be read. Edit the distribution, or make it anew.") from why
        if start is None or act is None:
            raise Unreadable(f"{WHAT} names “{plan.trigger}” and “{plan.action}”, which are not known here. Choose again what starts it.")
        return plan

    @classmethod
    def shown(cls, stored: dict[str, Any]) -> Plan | None:
        """The same, for pages: None where it cannot be read."""
        try:
            return cls.from_json(stored)
        except Unreadable:
            return None


def _plain(value: Any) -> Any:
    match value:
        case uuid.UUID():
            return str(value)
        case dict():
            return {k: _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case _:
            return value
