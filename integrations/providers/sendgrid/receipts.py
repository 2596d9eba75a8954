"""What SendGrid tells us later: delivered, bounced, opened. Signed with ECDSA over timestamp and body.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations import outside_json, signatures
from integrations.contract import FORGED, UNSIGNED, Happened, Receipt, Received, Request, Settings, Signature
from integrations.http import scrub
from integrations.providers.sendgrid.payload import OUR_PREFIX

EVENTS = {
    "processed": Happened.ACCEPTED,
    "delivered": Happened.DELIVERED,
    "deferred": Happened.DELAYED,
    "bounce": Happened.BOUNCED,
    "dropped": Happened.REFUSED,
    "open": Happened.OPENED,
    "click": Happened.CLICKED,
    "spamreport": Happened.COMPLAINED,
    "unsubscribe": Happened.UNSUBSCRIBED_ALL,
    "group_unsubscribe": Happened.UNSUBSCRIBED,
}
"""`group_resubscribe` is left out: a permission that was withdrawn here is given again by the person alone."""
BLOCKED = "blocked"
"""The `type` of a bounce that says nothing about the address."""
LISTS = {
    "bounced address": Happened.BOUNCED,
    "invalid": Happened.BOUNCED,
    "spam reporting address": Happened.COMPLAINED,
    "unsubscribed address": Happened.UNSUBSCRIBED_ALL,
}
"""How the reason of a drop begins -> what had put the address on a suppression list of SendGrid's. Other drops are about the message."""


def signature(settings: Settings, request: Request) -> Signature:
    """Signed where the connection has the verification key."""
    key = settings["verification_key"]
    if not key:
        return UNSIGNED
    given = request.headers.get("x-twilio-email-event-webhook-signature", "")
    stamp = request.headers.get("x-twilio-email-event-webhook-timestamp", "")
    return Signature(at=signatures.time_of(stamp)) if signatures.ecdsa_is_valid(key, stamp.encode() + request.body, given) else FORGED


def receive(settings: Settings, request: Request) -> Received:
    """The events of one post."""
    if not request.checked and not signature(settings, request).genuine:
        return Received(genuine=False)
    try:
        events = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    known = [event for event in events if isinstance(event, dict)] if isinstance(events, list) else []
    return Received(
        tuple(_receipt(event) for event in known if event.get("event") in EVENTS and not event.get("sg_machine_open")),
        signed=bool(settings["verification_key"]),
    )


def _receipt(event: Mapping[str, Any]) -> Receipt:
    happened = EVENTS[event["event"]]
    reason = scrub(str(event.get("reason") or event.get("response") or ""))
    because = None
    if event["event"] == "bounce" and event.get("type") == BLOCKED:
        happened = Happened.BOUNCED_SOFT
    if event["event"] == "dropped":
        because = next((what for words, what in LISTS.items() if reason.casefold().startswith(words)), None)
        happened = Happened.DROPPED if because else happened
    at = event.get("timestamp")
    return Receipt(
        happened,
        message_id=str(event.get(f"{OUR_PREFIX}message") or ""),
        provider_id=str(event.get("sg_message_id") or "").partition(".")[0],
        address=str(event.get("email") or ""),
        at=at if isinstance(at, int) else 0,
        reason=reason,
        because=because,
    )
