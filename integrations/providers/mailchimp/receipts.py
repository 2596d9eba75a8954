"""What does a webhook of an audience tell? Who left it, and whose address is dead; it says nothing about single messages.

https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
`X-Mailchimp-Signature: t=<seconds>,v1=<hex>` is the HMAC-SHA256 of `<t>.<body>`. A post without one is answered and not believed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from urllib.parse import parse_qs

from integrations import signatures
from integrations.contract import FORGED, UNSIGNED, Happened, Receipt, Received, Request, Settings, Signature

WRONG = Received(genuine=False)
CLEANED = {"hard": Happened.BOUNCED, "abuse": Happened.COMPLAINED}


def signature(settings: Settings, request: Request) -> Signature:
    """Signed where the connection has the signing secret."""
    if not settings["signing_secret"]:
        return UNSIGNED
    shown = dict(part.strip().partition("=")[::2] for part in request.headers.get("x-mailchimp-signature", "").split(","))
    stamp = shown.get("t", "")
    try:
        given = bytes.fromhex(shown.get("v1", ""))
    except ValueError:
        return FORGED
    genuine = signatures.hmac_is_valid(settings["signing_secret"].encode(), stamp.encode() + b"." + request.body, given)
    return Signature(at=signatures.time_of(stamp)) if genuine else FORGED


def receive(settings: Settings, request: Request) -> Received:
    """The receipts of one post, where its signature is right."""
    try:
        fields = {name: values[0] for name, values in parse_qs(request.body.decode(), max_num_fields=200).items()}
    except ValueError:
        return WRONG
    signed = bool(settings["signing_secret"])
    if "type" not in fields or (not request.checked and not signature(settings, request).genuine):
        return WRONG
    receipt = _receipt(fields)
    return Received((receipt,) if receipt else (), signed=signed)


def _receipt(fields: Mapping[str, str]) -> Receipt | None:
    """Unsubscribed and cleaned contacts. Deleting a contact there is no opt-out, and changed profiles do not concern us."""
    address, reason = fields.get("data[email]", ""), fields.get("data[reason]", "")
    if not address:
        return None
    match fields["type"]:
        case "unsubscribe" if fields.get("data[action]", "unsub") != "delete":
            happened = Happened.COMPLAINED if reason == "abuse" else Happened.UNSUBSCRIBED
            return Receipt(happened, address=address, at=_at(fields))
        case "cleaned":
            return Receipt(CLEANED.get(reason, Happened.BOUNCED), address=address, at=_at(fields))
        case _:
            return None


def _at(fields: Mapping[str, str]) -> int:
    """`fired_at` is UTC without saying so."""
    try:
        return int(datetime.datetime.fromisoformat(fields.get("fired_at", "")).replace(tzinfo=datetime.UTC).timestamp())
    except ValueError:
        return 0
