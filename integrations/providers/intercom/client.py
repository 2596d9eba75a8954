"""How is Intercom called? At the host of the region, with the version of the API that this adapter was written for."""

from __future__ import annotations

import json
from typing import Any

from integrations.contract import Settings
from integrations.http import Answer, Failure, Http

REGIONS = {
    "us": "https://api.intercom.io",
    "eu": "https://api.eu.intercom.io",
    "au": "https://api.au.intercom.io",
}
VERSION = "2.16"
REPLY_LIMIT = 2 * 1024 * 1024
"""A page of contacts, or all data attributes of a workspace."""


def api(settings: Settings) -> str:
    """The address of the API, without a slash at its end."""
    return REGIONS.get(settings["region"]) or settings["api"].rstrip("/")


def request(
    http: Http, settings: Settings, method: str, path: str, body: dict[str, Any] | None = None, messages: int = 1
) -> Answer | Failure:
    """One request, about so many messages."""
    headers = {
        "Authorization": f"Bearer {settings['token']}",
        "Intercom-Version": VERSION,
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    payload = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return http.request(method, api(settings) + path, body=payload, headers=headers, messages=messages, reply_limit=REPLY_LIMIT)


def json_object(answer: Answer) -> dict[str, Any]:
    """The body as an object; empty where it is none."""
    found = None if answer.cut else answer.json()
    return found if isinstance(found, dict) else {}
