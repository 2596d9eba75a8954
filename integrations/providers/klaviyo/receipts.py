"""What Klaviyo tells us later, by system webhooks: who bounced, complained or unsubscribed. Signed with HMAC over body and timestamp.

https://developers.klaviyo.com/en/docs/working_with_system_webhooks

They name people and not our messages, for Klaviyo's flows send messages of their own; what has no address in it says nothing to us.
"""

from __future__ import annotations

import re
from typing import Any

from integrations import outside_json, signatures
from integrations.contract import FORGED, UNSIGNED, Happened, Receipt, Received, Request, Settings, Signature

TOPICS = {
    "bounced_email": Happened.BOUNCED,
    "marked_email_as_spam": Happened.COMPLAINED,
    "dropped_email": Happened.DROPPED,
    "unsubscribed_from_email_marketing": Happened.UNSUBSCRIBED_ALL,
    "manually_suppressed_from_email_marketing": Happened.UNSUBSCRIBED_ALL,
    "unsubscribed_from_sms_marketing": Happened.STOPPED,
}
"""What follows `event:klaviyo.`."""
SOFT = re.compile(r"soft", re.IGNORECASE)


def signature(settings: Settings, request: Request) -> Signature:
    """Signed where the connection has the webhook's secret."""
    secret = settings["webhook_secret"]
    if not secret:
        return UNSIGNED
    timestamp = request.headers.get("klaviyo-timestamp", "")
    given = request.headers.get("klaviyo-signature", "")
    raw = bytes.fromhex(given) if re.fullmatch(r"[0-9a-fA-F]{64}", given) else b""
    genuine = signatures.hmac_is_valid(secret.encode(), request.body + timestamp.encode(), raw)
    return Signature(at=signatures.time_of(timestamp)) if genuine else FORGED


def receive(settings: Settings, request: Request) -> Received:
    """The events of one post."""
    if not request.checked and not signature(settings, request).genuine:
        return Received(genuine=False)
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    events = document.get("data") if isinstance(document, dict) else None
    receipts = (_receipt(event) for event in events if isinstance(event, dict)) if isinstance(events, list) else ()
    return Received(tuple(receipt for receipt in receipts if receipt is not None), signed=bool(settings["webhook_secret"]))


def _receipt(event: dict[str, Any]) -> Receipt | None:
    topic = str(event.get("topic") or "").removeprefix("event:klaviyo.")
    happened, payload = TOPICS.get(topic), event.get("payload")
    address = _address(payload, "phone_number" if "sms" in topic else "email")
    if happened is None or not address:
        return None
    if happened is Happened.BOUNCED and SOFT.search(_text(payload, "Bounce Type")):
        happened = Happened.BOUNCED_SOFT
    return Receipt(happened, address=address)


def _address(payload: Any, key: str) -> str:
    return _text(payload, key) or _text(payload, f"${key}")


def _text(payload: Any, key: str) -> str:
    """The text of a key, however deep it lies."""
    inside = payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ()
    if isinstance(payload, dict) and isinstance(payload.get(key), str):
        return str(payload[key])
    return next((found for value in inside if (found := _text(value, key))), "")
