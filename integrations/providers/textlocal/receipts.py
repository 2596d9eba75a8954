"""What Textlocal posts to us: delivery receipts, and what recipients answer. Neither is signed.

https://api.txtlocal.com/docs/handlingreceipts, https://api.txtlocal.com/docs/inboundmessages
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from integrations.contract import Happened, Receipt, Received, Request, Settings
from integrations.providers.textlocal.answers import name

STATUSES = {
    "D": (Happened.DELIVERED, ""),
    "U": (Happened.BOUNCED, "The operator could not deliver the message."),
    "I": (Happened.BOUNCED, "The number is not valid."),
    "E": (Happened.BOUNCED, "It waited too long and ran out."),
    "P": (Happened.ACCEPTED, ""),
}
"""`?`, which comes after four days without news, changes nothing."""
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT"})


def receive(settings: Settings, request: Request) -> Received:
    """One receipt, or one incoming message."""
    said = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if "status" in said and "number" in said:
        return Received(_receipt(said), signed=False)
    if "inNumber" in said and "sender" in said:
        return Received(_stop(said), signed=False)
    return Received(genuine=False)


def _receipt(said: Mapping[str, str]) -> tuple[Receipt, ...]:
    if said["status"] not in STATUSES or not said.get("customID"):
        return ()
    happened, reason = STATUSES[said["status"]]
    id = name(said["customID"], said["number"])
    return (Receipt(happened, provider_id=id, reason=reason, permanent=said["status"] == "I"),)


def _stop(said: Mapping[str, str]) -> tuple[Receipt, ...]:
    """A STOP, alone or after the keyword of a shared number."""
    words = [word.strip(".!").upper() for word in said.get("content", "").split()]
    words = words[1:] if len(words) > 1 and words[0] == said.get("keyword", "").upper() else words
    if len(words) == 1 and words[0] in STOP:
        return (Receipt(Happened.UNSUBSCRIBED, address=f"+{said['sender'].lstrip('+')}", permanent=True),)
    return ()
