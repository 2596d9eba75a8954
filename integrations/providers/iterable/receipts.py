"""What Iterable tells us later, by system webhooks: sends, bounces, complaints, unsubscribes and answers by SMS.

https://support.iterable.com/hc/en-us/articles/208013936

They are not signed; each shows a token that we choose. In campaigns that we triggered `metadata` names our message; others name people.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from integrations import outside_json
from integrations.contract import Happened, Receipt, Received, Request, Settings
from integrations.http import scrub

EVENTS = {
    "emailSend": Happened.ACCEPTED,
    "emailOpen": Happened.OPENED,
    "emailClick": Happened.CLICKED,
    "emailBounce": Happened.BOUNCED,
    "emailComplaint": Happened.COMPLAINED,
    "emailUnSubscribe": Happened.UNSUBSCRIBED,
    "emailSendSkip": Happened.REFUSED,
    "smsBounce": Happened.BOUNCED_SOFT,
}
"""New events appear without notice and are left out. `smsReceived` is read by what was answered."""
ABOUT_ADDRESS = frozenset({Happened.BOUNCED, Happened.COMPLAINED, Happened.UNSUBSCRIBED})
ANSWERED = {"stop": Happened.STOPPED, "start": Happened.RESUBSCRIBED}
SOFT = re.compile(r"soft", re.IGNORECASE)


def receive(settings: Settings, request: Request) -> Received:
    """The event of one post."""
    token = settings["receipts_token"]
    shown = request.headers.get("authorization", "").rpartition(" ")[2]
    known = bool(token) and (request.checked or hmac.compare_digest(token.encode(), shown.encode()))
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    if not isinstance(document, dict) or (token and not known):
        return Received(genuine=False)
    return Received(tuple(_receipts(document)), signed=known)


def _receipts(event: Mapping[str, Any]) -> Iterator[Receipt]:
    """One about the message, where it names ours; one about the address, where that must not be written to again."""
    name, about = str(event.get("eventName") or ""), _dict(event.get("dataFields"))
    at, reason = _seconds(about.get("createdAt")), scrub(str(about.get("reason") or about.get("bounceMessage") or ""))
    if name == "smsReceived":
        answered = ANSWERED.get(str(about.get("smsMessage") or "").strip().casefold())
        number = str(about.get("fromPhoneNumber") or "")
        if answered is not None and number:
            yield Receipt(answered, address=number, at=at)
        return
    happened = EVENTS.get(name)
    if happened is None or about.get("isBot") is True:
        return
    if happened is Happened.BOUNCED and SOFT.search(str(about.get("recipientState") or "")):
        happened = Happened.BOUNCED_SOFT
    ours = _dict(about.get("metadata")).get("largesse_message") or _dict(about.get("transactionalData")).get("largesse_message")
    address = str(event.get("email") or about.get("email") or "")
    if isinstance(ours, str) and ours:
        yield Receipt(happened, message_id=ours, address=address, at=at, reason=reason)
    elif happened in ABOUT_ADDRESS and address:
        yield Receipt(happened, address=address, at=at, reason=reason)


def _seconds(stamp: Any) -> int:
    """Iterable writes `2026-11-20 07:00:00 +00:00`; 0 where it is no such text."""
    try:
        return int(datetime.strptime(str(stamp), "%Y-%m-%d %H:%M:%S %z").timestamp())
    except (ValueError, OverflowError):
        return 0


def _dict(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}
