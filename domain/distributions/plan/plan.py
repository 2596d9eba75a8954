"""The plan: everything a launched distribution does, frozen. Made from a spec, or a list of what is wrong with it."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field, fields
from typing import Any


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
    """`manual`, `segment_entered`, `segment_left`, `published`: a key of `choices`."""
    action: str
    """`message`, `promotion`, `codes`."""
    channels: tuple[Channel, ...]
    segment_id: uuid.UUID | None = None
    segment_revision: int | None = None
    customer_id: uuid.UUID | None = None
    campaign_id: uuid.UUID | None = None
    """Whose codes are given (action `codes`)."""
    trigger_campaign_id: uuid.UUID | None = None
    """Whose publication wakes it (trigger `published`)."""
    tier_id: uuid.UUID | None = None
    current_members: bool = False
    """Trigger `segment_entered`: also everybody inside at the launch."""
    once_ever: bool = False
    """A customer gets this at most once, however often the trigger fires."""
    catch_up: bool = False
    """Events while paused are served after resuming."""
    skip_holders: bool = False
    check_permission: bool = True
    no_permission_reason: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, read back by `from_json`."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Plan:
        """The plan that `as_json` wrote."""
        values = {f.name: stored[f.name] for f in fields(cls) if f.name in stored}
        values["channels"] = tuple(
            Channel(
                key=c["key"],
                connection_id=uuid.UUID(c["connection_id"]),
                mode=c["mode"],
                parts=dict(c["parts"]),
                permission_id=_id(c.get("permission_id")),
            )
            for c in stored["channels"]
        )
        for name in ("segment_id", "customer_id", "campaign_id", "trigger_campaign_id", "tier_id"):
            values[name] = _id(stored.get(name))
        return cls(**values)


def _id(text: str | None) -> uuid.UUID | None:
    return uuid.UUID(text) if text else None


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
