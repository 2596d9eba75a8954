"""What Mandrill tells us later: sent, bounced, opened. Signed with HMAC-SHA1 over the webhook's address and what was posted.

https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/
Mandrill first tries the address with an empty list, signed with a word that everybody knows: it is answered, and says nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from integrations import outside_json, signatures
from integrations.contract import FORGED, UNSIGNED, Happened, Receipt, Received, Request, Settings, Signature
from integrations.http import scrub
from integrations.providers.mandrill.answers import LISTED
from integrations.providers.mandrill.payload import OUR_PREFIX

EVENTS = {
    "send": Happened.ACCEPTED,
    "delivered": Happened.DELIVERED,
    "hard_bounce": Happened.BOUNCED,
    "soft_bounce": Happened.BOUNCED_SOFT,
    "deferral": Happened.DELAYED,
    "reject": Happened.REFUSED,
    "open": Happened.OPENED,
    "click": Happened.CLICKED,
    "spam": Happened.COMPLAINED,
    "unsub": Happened.UNSUBSCRIBED_ALL,
}


def signature(settings: Settings, request: Request) -> Signature:
    """Signed where the connection has the webhook's key. An empty list says nothing, whoever signed it."""
    key = settings["verification_key"]
    if not key:
        return UNSIGNED
    try:
        posted = parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return FORGED
    if dict(posted).get("mandrill_events", "").strip() == "[]":
        return UNSIGNED
    given = request.headers.get("x-mandrill-signature", "")
    genuine = signature_is_valid(key, request.url, posted, given)
    return Signature(covers=repr(sorted(posted)).encode()) if genuine else FORGED


def receive(settings: Settings, request: Request) -> Received:
    """The events of one post; signed where the connection has the webhook's key."""
    try:
        posted = parse_qsl(request.body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
        events = outside_json.read(dict(posted)["mandrill_events"])
    except (ValueError, KeyError):
        return Received(genuine=False)
    key = settings["verification_key"]
    if not isinstance(events, list):
        return Received(genuine=False)
    if events and key and not request.checked:
        given = request.headers.get("x-mandrill-signature", "")
        if not signature_is_valid(key, request.url, posted, given):
            return Received(genuine=False)
    document = [event for event in events if isinstance(event, dict)]
    return Received(tuple(receipt for event in document if (receipt := _receipt(event))), signed=bool(key))


def signature_is_valid(key: str, url: str, posted: Iterable[tuple[str, str]], given: str) -> bool:
    """Whether the signature is right: over the address as it stands in Mandrill, then names and values in the order of the names."""
    signed = url + "".join(name + value for name, value in sorted(posted))
    try:
        return signatures.hmac_is_valid(key.encode(), signed.encode("utf-8", "replace"), base64.b64decode(given), "sha1")
    except ValueError:
        return False


def _receipt(event: Mapping[str, Any]) -> Receipt | None:
    about, at = event.get("msg"), event.get("ts")
    at = at if isinstance(at, int) else 0
    if event.get("event") in EVENTS and isinstance(about, dict):
        return _of_message(event, about, at)
    listed = event.get("reject")
    if event.get("type") in {"blacklist", "denylist"} and event.get("action") != "remove" and isinstance(listed, dict):
        happened = LISTED.get(str(listed.get("reason")))
        address = str(listed.get("email") or "")
        reason = scrub(str(listed.get("detail") or listed.get("reason")))
        return Receipt(happened, address=address, at=at, reason=reason) if happened and address else None
    return None


def _of_message(event: Mapping[str, Any], about: Mapping[str, Any], at: int) -> Receipt:
    ours, reject = about.get("metadata"), about.get("reject")
    why = str(reject.get("reason") or "") if isinstance(reject, dict) else ""
    happened = EVENTS[event["event"]]
    because = LISTED.get(why) if happened is Happened.REFUSED else None
    return Receipt(
        Happened.DROPPED if because else happened,
        message_id=str(ours.get(f"{OUR_PREFIX}message") or "") if isinstance(ours, dict) else "",
        provider_id=str(event.get("_id") or about.get("_id") or ""),
        address=str(about.get("email") or ""),
        at=at,
        reason=scrub(str(about.get("diag") or about.get("bounce_description") or why or "")),
        because=because,
    )
