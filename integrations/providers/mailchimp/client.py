"""How is Mailchimp called? At the data centre that the API key ends with; contacts are named by a hash of their address."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from integrations.contract import Settings, Stop
from integrations.http import Answer, Failure, Http

_DATA_CENTRE = re.compile(r"[a-z]{2}\d{1,3}")


def api(settings: Settings) -> str:
    """The address of the API. Raises Stop where the key names no data centre: a key must not choose where we call."""
    if settings["api"]:
        return settings["api"].rstrip("/") + "/3.0"
    centre = settings["api_key"].rpartition("-")[2]
    if not _DATA_CENTRE.fullmatch(centre):
        raise Stop("The API key does not end with a data centre, such as -us19.")
    return f"https://{centre}.api.mailchimp.com/3.0"


def request(
    http: Http, settings: Settings, method: str, path: str, body: dict[str, Any] | None = None, limit: int = 0, messages: int = 1
) -> Answer | Failure:
    """One request, about so many messages. `limit`: how many bytes of the answer are read."""
    shown = base64.b64encode(f"largesse:{settings['api_key']}".encode()).decode()
    headers = {"Authorization": f"Basic {shown}", "Content-Type": "application/json", "Accept": "application/json"}
    payload = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return http.request(method, api(settings) + path, body=payload, headers=headers, messages=messages, reply_limit=limit)


def contact_id(address: str) -> str:
    """The id of a contact: MD5 of the address in lower case, as Mailchimp wants it."""
    return hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
