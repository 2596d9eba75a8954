"""How is a batch of messages written for Batch? As operations on profiles: attributes, and events that begin automations.

https://doc.batch.com/developer/api/cep/profiles/mass-update-profile and https://doc.batch.com/developer/api/cep/profiles/update
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contract import Batch, Message, Settings

ITEMS = {"mass-update": 10_000, "update": 200}
"""Operations of a call."""
BYTES = 3_500_000
"""No limit is published; a call of that size is answered in time."""
OURS = "largesse_"
"""Begins the names of attributes that are there for reports; nobody misses them."""
LONGEST = 300
"""Characters of a text; Batch drops longer ones alone and says so in its answer."""
Body = list[dict[str, Any]]


def url(settings: Settings, path: str) -> str:
    """The address of an operation."""
    return f"{settings['api'].rstrip('/')}/{settings['version']}/{path}"


def headers(settings: Settings) -> dict[str, str]:
    """The headers of every call, with the key and the project."""
    return {
        "Authorization": f"Bearer {settings['api_key']}",
        "X-Batch-Project": settings["project"],
        "Content-Type": "application/json",
        "Accept": "application/json",
    }


def as_bytes(body: Body) -> bytes:
    """The body as compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def calls(messages: Sequence[Message], items: int) -> Iterator[tuple[Message, ...]]:
    """As few calls as can be, in the order of the messages."""
    call: list[Message] = []
    size = 0
    for message in messages:
        weight = 300 + sum(len(name) + 4 * len(str(value)) for name, value in message.data.items())
        if call and (len(call) == items or size + weight > BYTES):
            yield tuple(call)
            call, size = [], 0
        call.append(message)
        size += weight
    if call:
        yield tuple(call)


def attributes(settings: Settings, batch: Batch) -> Body:
    """Values on profiles; an empty one deletes the attribute, which may have been set by an earlier message."""
    return [
        {"identifiers": {"custom_id": message.address}, "attributes": {name: value or None for name, value in message.data.items()}}
        for message in batch.messages
    ]


def events(settings: Settings, batch: Batch) -> Body:
    """An event about each profile, with our id of the message, so that a repetition can be recognised in an automation."""
    return [
        {"identifiers": {"custom_id": message.address}, "events": [_event(batch.options["event"], message)]} for message in batch.messages
    ]


def _event(name: str, message: Message) -> dict[str, Any]:
    values = {key: value for key, value in message.data.items() if value != ""}
    at = datetime.datetime.fromtimestamp(message.attempt_at, datetime.UTC).isoformat().replace("+00:00", "Z")
    return {"name": name, "time": at, "attributes": values | {f"{OURS}message": message.id}}


def too_long(message: Message) -> str:
    """The name of a value that Batch would drop, or empty."""
    return next((name for name, value in message.data.items() if len(str(value)) > LONGEST), "")
