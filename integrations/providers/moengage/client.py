"""How is MoEngage called? At the host of the data centre, with the workspace and a key, which differs for each of its APIs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contract import Message, Settings
from integrations.http import Answer, Failure, Http

CENTRES = {centre: f"https://api-{centre}.moengage.com" for centre in ("01", "02", "03", "04", "05", "06", "101")}
BYTES = 95_000
"""MoEngage takes 100 KB."""
Body = dict[str, Any]


def api(settings: Settings) -> str:
    """The address of the API, without a slash at its end."""
    return CENTRES.get(settings["centre"]) or settings["api"].rstrip("/")


def request(http: Http, settings: Settings, path: str, body: Body, key: str, messages: int = 1) -> Answer | Failure:
    """One POST with so many messages. `key`: of the API that is asked."""
    shown = base64.b64encode(f"{settings['workspace']}:{key}".encode()).decode()
    headers = {
        "Authorization": f"Basic {shown}",
        "MOE-APPKEY": settings["workspace"],
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    return http.post(api(settings) + path, body=as_bytes(body), headers=headers, messages=messages)


def as_bytes(body: Body) -> bytes:
    """The body as compact JSON."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def calls(messages: Sequence[Message], elements: Sequence[Body], items: int) -> Iterator[tuple[tuple[Message, Body], ...]]:
    """As few calls as can be, none with more items or bytes than MoEngage takes; an element that is alone too big goes alone."""
    call: list[tuple[Message, Body]] = []
    size = 0
    for message, element in zip(messages, elements, strict=True):
        weight = len(as_bytes(element)) + 1
        if call and (len(call) >= items or size + weight > BYTES):
            yield tuple(call)
            call, size = [], 0
        call.append((message, element))
        size += weight
    if call:
        yield tuple(call)


def json_object(answer: Answer) -> Body:
    """The body as an object; empty where it is none."""
    found = None if answer.cut else answer.json()
    return found if isinstance(found, dict) else {}
