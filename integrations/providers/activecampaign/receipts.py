"""What ActiveCampaign tells us later, by webhooks: who bounced, left a list or answered STOP.

https://developers.activecampaign.com/page/webhooks

They are forms, never repeated and not signed: a secret that we choose stands in the address. They name people and not our messages, for
ActiveCampaign sends messages of its own.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qs, parse_qsl, urlsplit

from integrations.contract import Happened, Receipt, Received, Request, Settings
from integrations.http import scrub

TYPES = {
    "bounce": (Happened.BOUNCED, ("contact[email]",)),
    "unsubscribe": (Happened.UNSUBSCRIBED, ("contact[email]",)),
    "sms_unsub": (Happened.STOPPED, ("sms[phone]", "contact[phone]")),
}
"""`type` -> what happened, and the fields that may hold the address. All others say nothing to us."""
SOFT = re.compile(r"soft", re.IGNORECASE)
FIELDS = 400
"""A contact with more fields than that is not read."""


def receive(settings: Settings, request: Request) -> Received:
    """The event of one post."""
    secret = settings["receipts_secret"]
    shown = parse_qs(urlsplit(request.url).query).get("secret", [""])[0]
    known = bool(secret) and (request.checked or hmac.compare_digest(secret.encode(), shown.encode()))
    try:
        form = dict(parse_qsl(request.body.decode(), max_num_fields=FIELDS))
    except ValueError:
        return Received(genuine=False)
    if not form.get("type") or (secret and not known):
        return Received(genuine=False)
    receipt = _receipt(form)
    return Received((receipt,) if receipt else (), signed=known)


def _receipt(form: Mapping[str, str]) -> Receipt | None:
    happened, places = TYPES.get(form["type"], (None, ()))
    address = next((form[place] for place in places if form.get(place)), "")
    if happened is None or not address:
        return None
    if happened is Happened.BOUNCED and SOFT.search(form.get("bounce[type]", "")):
        happened = Happened.BOUNCED_SOFT
    reason = scrub(form.get("bounce[description]") or form.get("unsubscribe[reason]") or "")
    return Receipt(happened, address=address, at=_seconds(form.get("date_time", "")), reason=reason)


def _seconds(stamp: str) -> int:
    """Seconds since 1970 of an ISO date with its zone; 0 where it is none."""
    try:
        at = datetime.fromisoformat(stamp)
        return int(at.timestamp()) if at.tzinfo else 0
    except (ValueError, OverflowError):
        return 0
