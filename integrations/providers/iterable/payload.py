"""How is a batch written for Iterable? People by e-mail address or user id, and the body of each kind of call.

https://api.iterable.com/api/docs
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contract import Batch, Message, Settings

HOSTS = {"us": "https://api.iterable.com", "eu": "https://api.eu.iterable.com"}
"""By the data centre of the project; a key of one is unknown at the other."""
ITEMS = 1000
BYTES = 3_500_000
"""Iterable takes 4 MB."""
SINGLES = 25
"""Calls of one message each that are made together."""
Body = dict[str, Any]


def url(settings: Settings, path: str) -> str:
    """The address of an operation."""
    return f"{HOSTS.get(settings['region']) or settings['api'].rstrip('/')}/api/{path}"


def headers(settings: Settings) -> dict[str, str]:
    """The headers of every call, with the key."""
    return {"Api-Key": settings["api_key"], "Content-Type": "application/json", "Accept": "application/json"}


def channels(settings: Settings) -> list[str]:
    """The message channels that people leave who want nothing more."""
    return settings["opt_out_channels"].replace(" ", "").split(",") if settings["opt_out_channels"] else []


def as_bytes(body: Body) -> bytes:
    """The body as compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def calls(messages: Sequence[Message], items: int) -> Iterator[tuple[Message, ...]]:
    """As few calls as can be, nobody twice in one: Iterable names by address or id whom it could not write."""
    together = list(messages)
    while together:
        call: dict[str, Message] = {}
        left, size = [], 0
        for message in together:
            weight = 300 + sum(len(name) + 4 * len(str(value)) for name, value in message.data.items())
            who = message.address.casefold()
            if len(call) < items and (not call or size + weight < BYTES) and who not in call:
                call[who], size = message, size + weight
            else:
                left.append(message)
        yield tuple(call.values())
        together = left


def profiles(settings: Settings, batch: Batch) -> Body:
    """Values on profiles; an empty value overwrites the one that an earlier message had set."""
    makes = {"preferUserId": bool(settings["makes_profiles"])} if settings["known_by"] == "userId" else {}
    users = [{settings["known_by"]: message.address, "dataFields": dict(message.data), **makes} for message in batch.messages]
    return {"users": users, **_new_fields(settings)}


def events(settings: Settings, batch: Batch) -> Body:
    """A custom event for each message; an event with our id of the message is updated by a repetition, not doubled."""
    return {"events": [_event(settings, batch, message) for message in batch.messages]}


def campaign(settings: Settings, batch: Batch) -> Body:
    """An API-triggered campaign for one; `metadata` comes back in the system webhooks."""
    (message,) = batch.messages
    recipient = {"email": "recipientEmail", "userId": "recipientUserId"}[settings["known_by"]]
    return {
        "campaignId": int(batch.options["campaign"]),
        recipient: message.address,
        "dataFields": _non_empty(message),
        "metadata": {"largesse_message": message.id},
        "allowRepeatMarketingSends": True,
    }


def journey(settings: Settings, batch: Batch) -> Body:
    """A journey that one person enters, with the values as data of the entry."""
    (message,) = batch.messages
    return {
        "workflowId": int(batch.options["journey"]),
        settings["known_by"]: message.address,
        "dataFields": _non_empty(message) | {"largesse_message": message.id},
    }


def _event(settings: Settings, batch: Batch, message: Message) -> Body:
    ours = {f"largesse_{key}": value for key, value in message.tags.items()}
    return {
        settings["known_by"]: message.address,
        "eventName": batch.options["event"],
        "id": message.id,
        "createdAt": message.attempt_at,
        "dataFields": _non_empty(message) | ours,
        **_new_fields(settings),
    }


def _new_fields(settings: Settings) -> Body:
    """Whether Iterable may add fields it does not have; not said, the setting of the project holds."""
    return {"createNewFields": True} if settings["new_fields"] else {}


def _non_empty(message: Message) -> Body:
    return {name: value for name, value in message.data.items() if value != ""}
