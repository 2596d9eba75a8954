"""What Braze tells us later: Currents by the custom HTTP connector, and the postbacks of transactional mails.

https://www.braze.com/docs/user_guide/data/distribution/braze_currents/setting_up_currents/custom_http_connector
https://www.braze.com/docs/user_guide/channels/transactional_email/tracking

Neither is signed. Currents shows a bearer token that we choose; a postback shows nothing, and touches only messages of its connection.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import Any

from integrations import outside_json
from integrations.contract import Happened, Receipt, Received, Request, Settings
from integrations.http import scrub

EVENTS = {
    "email.Delivery": Happened.DELIVERED,
    "email.Bounce": Happened.BOUNCED,
    "email.SoftBounce": Happened.BOUNCED_SOFT,
    "email.MarkAsSpam": Happened.COMPLAINED,
    "email.Unsubscribe": Happened.UNSUBSCRIBED_ALL,
    "email.Open": Happened.OPENED,
    "email.Click": Happened.CLICKED,
    "email.Abort": Happened.REFUSED,
    "sms.Delivery": Happened.DELIVERED,
    "sms.DeliveryFailure": Happened.BOUNCED_SOFT,
    "sms.Rejection": Happened.BOUNCED_SOFT,
    "sms.Abort": Happened.REFUSED,
}
"""What follows `users.messages.`. New types appear without notice and are left out."""
ABOUT_ADDRESS = frozenset({"email.Bounce", "email.MarkAsSpam", "email.Unsubscribe"})
OPT_OUTS = {
    "users.behaviors.subscription.GlobalStateChange": {"email": Happened.UNSUBSCRIBED_ALL},
    "users.behaviors.subscriptiongroup.StateChange": {"email": Happened.UNSUBSCRIBED, "sms": Happened.UNSUBSCRIBED},
    "users.messages.sms.InboundReceive": {"sms": Happened.STOPPED},
}
"""Event and channel -> what a change to `Unsubscribed` means. What it was changed back to is left out: the person says so here."""
STATUSES = {
    "sent": Happened.ACCEPTED,
    "processed": Happened.ACCEPTED,
    "delivered": Happened.DELIVERED,
    "bounced": Happened.BOUNCED,
    "aborted": Happened.REFUSED,
}


def receive(settings: Settings, request: Request) -> Received:
    """The events of one post, or one postback."""
    token = settings["receipts_token"]
    shown = request.headers.get("authorization", "").partition(" ")[2]
    known = bool(token) and (request.checked or hmac.compare_digest(token.encode(), shown.encode()))
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    if not isinstance(document, dict):
        return Received(genuine=False)
    if "events" not in document:
        return Received(tuple(_postback(document)), signed=False)
    if token and not known:
        return Received(genuine=False)
    events = document["events"] if isinstance(document["events"], list) else []
    return Received(tuple(receipt for event in events if isinstance(event, dict) for receipt in _receipt_of(event)), signed=known)


def _receipt_of(event: Mapping[str, Any]) -> Iterator[Receipt]:
    """One about the message, where it names the dispatch; one about the address, where that must not be written to again."""
    kind = str(event.get("event_type") or "").removeprefix("users.messages.")
    if str(event.get("event_type")) in OPT_OUTS:
        yield from _opt_out(event)
        return
    happened = EVENTS.get(kind)
    if happened is None or _dict(event, "properties").get("machine_open"):
        return
    about, user = _dict(event, "properties"), _dict(event, "user")
    at = event.get("time")
    when = at if isinstance(at, int) else 0
    reason = scrub(str(about.get("bounce_reason") or about.get("abort_log") or about.get("error") or ""))
    if about.get("dispatch_id") and user.get("external_user_id"):
        yield Receipt(happened, provider_id=f"{about['dispatch_id']}/{user['external_user_id']}", at=when, reason=reason)
    address = str(about.get("email_address") or about.get("to_phone_number") or "")
    if kind in ABOUT_ADDRESS and address:
        yield Receipt(happened, address=address, at=when, reason=reason)


def _opt_out(event: Mapping[str, Any]) -> Iterator[Receipt]:
    """Somebody left a subscription group or everything, or answered STOP, wherever that was."""
    about, by_channel = _dict(event, "properties"), OPT_OUTS[str(event["event_type"])]
    channel = str(about.get("channel") or ("sms" if "sms" in by_channel and len(by_channel) == 1 else "email"))
    status = str(about.get("subscription_status") or about.get("action") or "")
    address = str(about.get("user_phone_number") or about.get("channel_identifier") or about.get("email_address") or "")
    happened, at = by_channel.get(channel), event.get("time")
    if happened is not None and status == "Unsubscribed" and address:
        yield Receipt(happened, address=address, at=at if isinstance(at, int) else 0)


def _postback(document: Mapping[str, Any]) -> Iterator[Receipt]:
    happened, about = STATUSES.get(str(document.get("status"))), _dict(document, "metadata")
    if happened and about.get("external_send_id"):
        reason = scrub(str(about.get("reason") or ""))
        yield Receipt(happened, message_id=str(about["external_send_id"]), reason=reason)


def _dict(found: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}
