"""How is Airship called? At the host of the cloud, with a bearer token of the project, and always as version 3 of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contract import Message, Settings
from integrations.http import Answer, Failure, Http

CLOUDS = {"us": "https://go.urbanairship.com", "eu": "https://go.airship.eu"}
ACCEPT = "application/vnd.urbanairship+json; version=3"
"""Without it Airship answers 406."""
BYTES = 4_500_000
"""Airship takes 5 MiB."""
Body = dict[str, Any] | list[dict[str, Any]]


def api(settings: Settings) -> str:
    """The address of the API, without a slash at its end."""
    return CLOUDS.get(settings["cloud"]) or settings["api"].rstrip("/")


def request(http: Http, settings: Settings, method: str, path: str, body: Body | None = None, messages: int = 1) -> Answer | Failure:
    """One request, about so many messages."""
    headers = {
        "Authorization": f"Bearer {settings['token']}",
        "X-UA-Appkey": settings["app_key"],
        "Content-Type": "application/json",
        "Accept": ACCEPT,
    }
    return http.request(method, api(settings) + path, body=None if body is None else as_bytes(body), headers=headers, messages=messages)


def as_bytes(body: Body) -> bytes:
    """The body as compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def calls(messages: Sequence[Message], items: int) -> Iterator[tuple[Message, ...]]:
    """As few calls as can be, no address twice in one: Airship may write to the second twice, or not at all."""
    together = list(messages)
    while together:
        call: dict[str, Message] = {}
        left, size = [], 0
        for message in together:
            weight = 400 + len(as_bytes(dict(message.data)))
            key = message.address.casefold()
            if len(call) < items and (not call or size + weight < BYTES) and key not in call:
                call[key], size = message, size + weight
            else:
                left.append(message)
        yield tuple(call.values())
        together = left


def json_object(answer: Answer) -> dict[str, Any]:
    """The body as an object; empty where it is none."""
    found = None if answer.cut else answer.json()
    return found if isinstance(found, dict) else {}
