"""What does a webhook of an audience tell? Who left it, and whose address is dead; it says nothing about single messages.

https://mailchimp.com/developer/marketing/guides/sync-audience-data-webhooks/
`X-Mailchimp-Signature: t=<seconds>,v1=<hex>` is the HMAC-SHA256 of `<t>.<body>`. A post without one is answered and not believed.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from urllib.parse import parse_qs

from integrations import signatures
from integrations.contract import Happened, Receipt, Received, Request, Settings

WRONG = Received(genuine=False)
CLEANED = {"hard": Happened.BOUNCED, "abuse": Happened.COMPLAINED}


def receive(settings: Settings, request: Request) -> Received:
    """The receipts of one post, where its signature is right."""
    try:
        said = {name: values[0] for name, values in parse_qs(request.body.decode(), max_num_fields=200).items()}
    except ValueError:
        return WRONG
    signed = bool(settings["signing_secret"])
    if "type" not in said or (signed and not request.checked and not _fits(settings["signing_secret"], request)):
        return WRONG
    receipt = _receipt(said)
    return Received((receipt,) if receipt else (), signed=signed)


def _fits(secret: str, request: Request) -> bool:
    shown = dict(part.strip().partition("=")[::2] for part in request.headers.get("x-mailchimp-signature", "").split(","))
    try:
        given = bytes.fromhex(shown.get("v1", ""))
    except ValueError:
        return False
    return signatures.hmac_fits(secret.encode(), shown.get("t", "").encode() + b"." + request.body, given)


def _receipt(said: Mapping[str, str]) -> Receipt | None:
    """Somebody whom a person deletes there has not said no; a profile that changed is not our business."""
    address, reason = said.get("data[email]", ""), said.get("data[reason]", "")
    if not address:
        return None
    match said["type"]:
        case "unsubscribe" if said.get("data[action]", "unsub") != "delete":
            happened = Happened.COMPLAINED if reason == "abuse" else Happened.UNSUBSCRIBED
            return Receipt(happened, address=address, at=_at(said), permanent=True)
        case "cleaned":
            return Receipt(CLEANED.get(reason, Happened.BOUNCED), address=address, at=_at(said), permanent=True)
        case _:
            return None


def _at(said: Mapping[str, str]) -> int:
    """`fired_at` is UTC without saying so."""
    try:
        return int(datetime.datetime.fromisoformat(said.get("fired_at", "")).replace(tzinfo=datetime.UTC).timestamp())
    except ValueError:
        return 0
