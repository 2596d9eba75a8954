"""What the wizard has collected so far, right or wrong. A spec is stored as it is; only `plan` judges it."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from domain.tables.stored_json import Unreadable, Upgrader, numbered, typed, upgraded
from domain.triggers import catalogue, own_settings
from domain.triggers.contract import Action, Subject, Trigger
from domain.triggers.fits import asked

UPGRADERS: tuple[Upgrader, ...] = (lambda stored: stored,)
"""Each makes the next shape of a stored spec. 0 -> 1: only the number is new."""
WHAT = "What this distribution is to do"


@dataclass(frozen=True)
class ChannelSpec:
    """One channel as it stands in the wizard. `key` (`c1`, `c2`, …) is never given to another one."""

    key: str
    connection_id: uuid.UUID
    mode: str
    parts: dict[str, str] = field(default_factory=dict)
    permission_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Spec:
    """The collected choices. Empty text and None mean: not chosen yet."""

    trigger: str = ""
    audience: str = ""
    """Of a manual one: `customer`, `segment`, or `new` for a segment that is being built and not saved yet."""
    customer_id: uuid.UUID | None = None
    segment_id: uuid.UUID | None = None
    trigger_campaign_id: uuid.UUID | None = None
    event_schema_id: uuid.UUID | None = None
    typed_settings: dict[str, str] = field(default_factory=dict)
    """What was typed for a trigger's own `fields`, by key; of one chosen before, too."""
    current_members: bool = False
    once_ever: bool | None = None
    """None: nobody touched it; then it is as the trigger says, where codes are given."""
    catch_up: bool = False
    action: str = ""
    campaign_id: uuid.UUID | None = None
    tier_id: uuid.UUID | None = None
    skip_holders: bool = False
    channels: tuple[ChannelSpec, ...] = ()
    check_permission: bool = True
    no_permission_reason: str = ""
    chosen_at: str = ""
    """A send time somebody chose: wall time `2026-11-20T12:14` in `chosen_zone`; empty: as soon as the delay allows."""
    chosen_zone: str = ""
    new_segment: dict[str, Any] | None = None
    """The segment being built: its `name` and its `condition`, unchecked, so that nothing typed is lost."""
    unreadable: str = ""
    """Why the stored spec could not be read, where `shown` made this in its place. Never stored."""

    @property
    def chosen_trigger(self) -> Trigger | None:
        """The trigger that is chosen."""
        return catalogue.trigger(self.trigger)

    @property
    def chosen_action(self) -> Action | None:
        """The action that is chosen."""
        return catalogue.action(self.action)

    @property
    def settings(self) -> Mapping[str, Any]:
        """The trigger's own settings, read; what cannot be read is as it is proposed."""
        return own_settings.read(self.chosen_trigger, self.typed_settings) if self.chosen_trigger else {}

    @property
    def live(self) -> bool:
        """Whether it stays live, rather than being sent once."""
        return catalogue.is_live(self.trigger)

    @property
    def once(self) -> bool:
        """Whether a customer gets this at most once, however often the trigger fires."""
        if self.chosen_trigger is None or not asked(self.chosen_trigger, "once_ever"):
            return False
        return self.chosen_trigger.once_with_codes and self.gives_new_code if self.once_ever is None else self.once_ever

    @property
    def addressed(self) -> Subject | None:
        """Who can be counted beforehand: a segment or one customer; of a live one, those inside today."""
        return self.chosen_trigger.audience(self) if self.chosen_trigger else None

    @property
    def to_segment(self) -> uuid.UUID | None:
        """The segment it is about, if any: the audience of a manual one, the trigger's of a live one."""
        return self.addressed.id if self.addressed and self.addressed.noun == "segment" else None

    @property
    def to_customer(self) -> uuid.UUID | None:
        """The one customer it is for, if any."""
        return self.addressed.id if self.addressed and self.addressed.noun == "customer" else None

    @property
    def gives_new_code(self) -> bool:
        """Whether everybody gets a code from a pool."""
        return self.chosen_action is not None and self.chosen_action.code == "pool"

    @property
    def gives(self) -> uuid.UUID | None:
        """The campaign whose codes it takes from the pool, if any."""
        return self.campaign_id if self.gives_new_code else None

    def about_segment(self, segment_id: uuid.UUID) -> Spec:
        """This spec for that segment: its members get it, or its changes start it. What waits for something else becomes the usual."""
        chosen = self.chosen_trigger
        if chosen is None or (chosen.live and not asked(chosen, "segment_id")):
            return replace(self, segment_id=segment_id, audience="", trigger=catalogue.usual(live=True).key)
        return replace(self, segment_id=segment_id, audience="segment" if asked(chosen, "audience") else "")

    def channel(self, key: str) -> ChannelSpec | None:
        """The channel named `key`."""
        return next((c for c in self.channels if c.key == key), None)

    def with_channel(self, changed: ChannelSpec) -> Spec:
        """This spec with that channel in place of the one of the same key, or at the end."""
        if self.channel(changed.key) is None:
            return replace(self, channels=(*self.channels, changed))
        return replace(self, channels=tuple(changed if c.key == changed.key else c for c in self.channels))

    def without_channel(self, key: str) -> Spec:
        """This spec without that channel."""
        return replace(self, channels=tuple(c for c in self.channels if c.key != key))

    def next_key(self) -> str:
        """A key that no channel of this spec has."""
        taken = [int(c.key[1:]) for c in self.channels if c.key[1:].isdigit()]
        return f"c{max(taken, default=0) + 1}"

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, read back by `from_json`."""
        values = {name: _plain(value) for name, value in asdict(self).items() if name != "unreadable"}
        return numbered(values, UPGRADERS)

    @classmethod
    def from_json(cls, stored: dict[str, Any] | None) -> Spec:
        """The spec that `as_json` wrote; of an empty or older one, what is there. Raises Unreadable."""
        found = upgraded(stored or {}, UPGRADERS, WHAT)
        try:
            return _read(found)
        except (AttributeError, KeyError, TypeError, ValueError) as why:
            raise Unreadable(f"{WHAT} cannot be read. Duplicate another one, or make it anew.") from why

    @classmethod
    def shown(cls, stored: dict[str, Any] | None) -> Spec:
        """The same; one that cannot be read becomes an empty one that says so. For whoever goes on with others or tells a person."""
        try:
            return cls.from_json(stored)
        except Unreadable as why:
            return cls(unreadable=str(why))


def _read(stored: dict[str, Any]) -> Spec:
    spec = typed(Spec, {name: value for name, value in stored.items() if name != "unreadable"})
    if spec.new_segment is not None:
        name, condition = spec.new_segment.get("name", ""), spec.new_segment.get("condition")
        if not isinstance(name, str) or (condition and not _is_condition(condition)):
            raise TypeError("new_segment")
    return spec


def _is_condition(node: Any) -> bool:
    """Whether this has the shape of a condition, right or wrong: groups, and leaves of a fact and a comparison."""
    if not isinstance(node, dict):
        return False
    for join in ("all", "any"):
        if join in node:
            return isinstance(node[join], list) and all(_is_condition(one) for one in node[join])
    if "not" in node:
        return _is_condition(node["not"])
    return all(isinstance(node.get(word), str) for word in ("fact", "is"))


def as_id(text: str | None) -> uuid.UUID | None:
    """The id a stored or posted text means; None where it is none."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    match value:
        case uuid.UUID() | datetime.datetime():
            return str(value)
        case dict():
            return {k: _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case _:
            return value
