"""Where does a returned mail come back to? To an address of its own for each message, which nobody else can make (VERP).

The token is 16 bytes of the message's id and 10 of an HMAC, as 42 letters and digits that survive a change of case.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re

from integrations.contract import Settings

HEADER = "X-Largesse-Return"
"""The token once more, inside the mail: complaints come without the address that it was sent from."""
_ID = re.compile(r"dlv_([0-9a-f]{32})")
_TOKEN = re.compile(r"(?<![a-z0-9])([a-z2-7]{42})(?![a-z0-9])", re.IGNORECASE)
LONGEST_LOCAL_PART = 21
"""A local part has at most 64 characters: 42 of the token, one plus sign."""


def token(key: str, message_id: str) -> str:
    """The token of a message, or empty where there is no key, or no delivery of ours."""
    id = _ID.fullmatch(message_id)
    if not key or id is None:
        return ""
    raw = bytes.fromhex(id[1])
    return base64.b32encode(raw + _mac(key, raw)).decode().rstrip("=").lower()


def message_of(key: str, text: str) -> str:
    """The id of the message whose token stands somewhere in `text`, or empty."""
    for found in _TOKEN.findall(text[:10_000]) if key else ():
        try:
            raw = base64.b32decode(found.upper() + "=" * (-len(found) % 8))
        except binascii.Error:
            continue
        if hmac.compare_digest(raw[16:], _mac(key, raw[:16])):
            return f"dlv_{raw[:16].hex()}"
    return ""


def envelope_sender(settings: Settings, sender: str, message_id: str) -> str:
    """The address that bounces of this message go to; `sender` is the one it is from."""
    path = settings["return_path"]
    own = token(settings["bounce_key"], message_id) if settings["bounces"] != "no" else ""
    if path and "@" not in path:
        return f"{own or 'bounces'}@{path}"
    if not path or not own:
        return path or sender
    local, _, domain = path.rpartition("@")
    return f"{local}+{own}@{domain}"


def _mac(key: str, raw: bytes) -> bytes:
    return hmac.digest(key.encode(), b"largesse returned mail " + raw, "sha256")[:10]
