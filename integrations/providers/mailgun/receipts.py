"""What Mailgun tells us later: delivered, failed, opened. Signed with HMAC-SHA256 over a time and a random word, both in the body.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
The signature does not cover the event, so one signature is believed once. Mailgun repeats a post for eight hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import outside_json, signatures
from integrations.contract import FORGED, UNSIGNED, Happened, Receipt, Received, Request, Settings, Signature
from integrations.http import scrub
from integrations.providers.mailgun.payload import OUR_PREFIX

EVENTS = {
    "accepted": Happened.ACCEPTED,
    "delivered": Happened.DELIVERED,
    "failed": Happened.BOUNCED_SOFT,
    "rejected": Happened.REFUSED,
    "opened": Happened.OPENED,
    "clicked": Happened.CLICKED,
    "complained": Happened.COMPLAINED,
    "unsubscribed": Happened.UNSUBSCRIBED_ALL,
}
"""`stored` says nothing about a message of ours."""
LISTS: dict[object, Happened] = {
    "suppress-bounce": Happened.BOUNCED,
    "suppress-unsubscribe": Happened.UNSUBSCRIBED_ALL,
    "suppress-complaint": Happened.COMPLAINED,
    605: Happened.BOUNCED,
    606: Happened.UNSUBSCRIBED_ALL,
    607: Happened.COMPLAINED,
}
"""Reason or code of Mailgun's own -> what had put the address on a suppression list of its own: it did not try."""


def signature(settings: Settings, request: Request) -> Signature:
    """Signed where the connection has the signing key. What is signed is a time and a word that stand in the post."""
    if not settings["verification_key"]:
        return UNSIGNED
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return FORGED
    shown = document.get("signature") if isinstance(document, dict) else None
    if not isinstance(shown, dict) or not signature_is_valid(settings["verification_key"], shown):
        return FORGED
    return Signature(at=signatures.time_of(str(shown.get("timestamp"))), covers=_signed(shown))


def receive(settings: Settings, request: Request) -> Received:
    """The event of one post; signed where the connection has the signing key."""
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    if not isinstance(document, dict):
        return Received(genuine=False)
    key = settings["verification_key"]
    if key and not request.checked and not signature_is_valid(key, document.get("signature")):
        return Received(genuine=False)
    event = document.get("event-data")
    receipt = _receipt(event) if isinstance(event, dict) else None
    return Received((receipt,) if receipt else (), signed=bool(key))


def signature_is_valid(key: str, document: object) -> bool:
    """Whether the signature is right."""
    if not isinstance(document, dict):
        return False
    try:
        signature = bytes.fromhex(str(document.get("signature")))
    except ValueError:
        return False
    return signatures.hmac_is_valid(key.encode(), _signed(document), signature)


def _signed(shown: Mapping[str, Any]) -> bytes:
    return f"{shown.get('timestamp')}{shown.get('token')}".encode("utf-8", "replace")


def _receipt(event: Mapping[str, Any]) -> Receipt | None:
    happened = EVENTS.get(str(event.get("event")))
    if happened is None:
        return None
    status, at = _part(event, "delivery-status"), event.get("timestamp")
    reason = (
        _part(event, "reject").get("reason") or status.get("description") or status.get("message") or event.get("reason")
        if happened in {Happened.BOUNCED_SOFT, Happened.REFUSED}
        else ""
    )
    because = (LISTS.get(event.get("reason")) or LISTS.get(status.get("code"))) if event.get("event") == "failed" else None
    return Receipt(
        _failed(event, because) if event.get("event") == "failed" else happened,
        message_id=str(_part(event, "user-variables").get(f"{OUR_PREFIX}message") or ""),
        provider_id=str(_part(_part(event, "message"), "headers").get("message-id") or "").strip("<>"),
        address=str(event.get("recipient") or ""),
        at=int(at) if isinstance(at, (int, float)) else 0,
        reason=scrub(str(reason or "")),
        because=because,
    )


def _failed(event: Mapping[str, Any], because: Happened | None) -> Happened:
    """Tried again by Mailgun, not tried at all, no such address, or one of the reasons that say nothing about it."""
    if event.get("severity") == "temporary":
        return Happened.DELAYED
    if because:
        return Happened.DROPPED
    return Happened.BOUNCED if event.get("reason") == "bounce" else Happened.BOUNCED_SOFT


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = of.get(name)
    return part if isinstance(part, dict) else {}
