"""What do MoEngage Streams tell? Who bounced, complained or unsubscribed. Not signed: they show a header that we choose.

https://www.moengage.com/docs/api/data/moengage-streams
They name people and not our messages, for the campaigns are MoEngage's own. A post that is not answered comes again, whole.
"""

from __future__ import annotations

import hmac
from typing import Any

from integrations import outside_json
from integrations.contract import Happened, Receipt, Received, Request, Settings

EVENTS = {
    "MOE_EMAIL_HARD_BOUNCE": Happened.BOUNCED,
    "MOE_EMAIL_SOFT_BOUNCE": Happened.BOUNCED_SOFT,
    "MOE_EMAIL_SPAM": Happened.COMPLAINED,
    "MOE_EMAIL_DROP": Happened.DROPPED,
    "MOE_EMAIL_UNSUBSCRIBE": Happened.UNSUBSCRIBED_ALL,
}
"""Codes of events that say something about an address. New ones appear without notice and are left out."""


def receive(settings: Settings, request: Request) -> Received:
    """The events of one post."""
    token = settings["streams_token"]
    shown = request.headers.get("authorization", "").partition(" ")[2]
    known = bool(token) and (request.checked or hmac.compare_digest(token.encode(), shown.encode()))
    if token and not known:
        return Received(genuine=False)
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    events = document.get("events") if isinstance(document, dict) else None
    if not isinstance(events, list):
        return Received(genuine=False)
    receipts = (_receipt(event) for event in events if isinstance(event, dict))
    return Received(tuple(receipt for receipt in receipts if receipt), signed=known)


def _receipt(event: dict[str, Any]) -> Receipt | None:
    happened, address, at = EVENTS.get(str(event.get("event_code"))), str(event.get("email_id") or ""), event.get("event_time")
    if happened is None or not address:
        return None
    return Receipt(happened, address=address, at=at if isinstance(at, int) else 0)
