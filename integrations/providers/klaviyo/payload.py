"""How is a batch written for Klaviyo? As JSON:API documents: profiles, and events about them.

https://developers.klaviyo.com/en/reference/events_api_overview and https://developers.klaviyo.com/en/docs/data-in
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contract import Batch, Message, Settings

EVENTS, PROFILES = 1000, 1000
"""Klaviyo takes 10,000 profiles a job; a thousand is known sooner, and asked about as cheaply."""
BYTES = 4_500_000
"""Klaviyo takes 5 MB."""
JSON_API = "application/vnd.api+json"
Body = dict[str, Any]


def headers(settings: Settings) -> dict[str, str]:
    """The headers of every call, with the key and the revision of the API."""
    return {
        "Authorization": f"Klaviyo-API-Key {settings['api_key']}",
        "revision": settings["revision"],
        "Content-Type": JSON_API,
        "Accept": JSON_API,
    }


def url(settings: Settings, path: str) -> str:
    """The address of a resource."""
    return f"{settings['api'].rstrip('/')}/api/{path}"


def as_bytes(body: Body) -> bytes:
    """The body as compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def calls(messages: Sequence[Message], items: int) -> Iterator[tuple[Message, ...]]:
    """As few calls as can be, nobody twice in one: errors of a job name people, not messages."""
    together = list(messages)
    while together:
        call: dict[str, Message] = {}
        left, size = [], 0
        for message in together:
            weight = 800 + sum(len(name) + 4 * len(str(value)) for name, value in message.data.items())
            if len(call) < items and (not call or size + weight < BYTES) and message.address not in call:
                call[message.address], size = message, size + weight
            else:
                left.append(message)
        yield tuple(call.values())
        together = left


def event(settings: Settings, batch: Batch) -> Body:
    """One event, about one profile."""
    (message,) = batch.messages
    fields = _event(batch, message)
    fields["attributes"]["profile"] = {"data": _profile(settings, message)}
    return {"data": fields}


def events(settings: Settings, batch: Batch) -> Body:
    """A job of events, each about a profile."""
    each = [
        {
            "type": "event-bulk-create",
            "attributes": {"profile": {"data": _profile(settings, message)}, "events": {"data": [_event(batch, message)]}},
        }
        for message in batch.messages
    ]
    return {"data": {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": each}}}}


def profiles(settings: Settings, batch: Batch) -> Body:
    """A job of profiles with properties; an empty value clears the property, which may have been set by an earlier message."""
    each = []
    for message in batch.messages:
        profile = _profile(settings, message)
        profile["attributes"]["properties"] = {name: value or None for name, value in message.data.items()}
        each.append(profile)
    return {"data": {"type": "profile-bulk-import-job", "attributes": {"profiles": {"data": each}}}}


def _event(batch: Batch, message: Message) -> Body:
    at = datetime.datetime.fromtimestamp(message.attempt_at, datetime.UTC).isoformat()
    fields = {name: value for name, value in message.data.items() if value != ""}
    return {
        "type": "event",
        "attributes": {
            "unique_id": message.id,
            "time": at,
            "properties": fields | {f"largesse_{key}": value for key, value in message.tags.items()},
            "metric": {"data": {"type": "metric", "attributes": {"name": batch.options["metric"]}}},
        },
    }


def _profile(settings: Settings, message: Message) -> Body:
    known_by = settings["known_by"]
    about = {"email": message.email, "phone_number": message.phone} if settings["contact"] else {}
    attributes = {name: value for name, value in about.items() if value}
    if known_by == "id":
        return {"type": "profile", "id": message.address, "attributes": attributes}
    return {"type": "profile", "attributes": attributes | {known_by: message.address}}
