"""What Textlocal posts to us: delivery receipts, and what recipients answer. Neither is signed.

https://api.txtlocal.com/docs/handlingreceipts, https://api.txtlocal.com/docs/inboundmessages
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from integrations.contract import Happened, Receipt, Received, Request, Settings
from integrations.providers.textlocal.answers import receipt_key

STATUSES = {
    "D": (Happened.DELIVERED, ""),
    "U": (Happened.BOUNCED_SOFT, "The operator could not deliver the message."),
    "I": (Happened.BOUNCED, "The number is not valid."),
    "E": (Happened.BOUNCED_SOFT, "It waited too long and ran out."),
    "P": (Happened.ACCEPTED, ""),
}
"""`?`, which comes after four days without news, changes nothing."""
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT"})


def receive(settings: Settings, request: Request) -> Received:
    """One receipt, or one incoming message."""
    fields = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if "status" in fields and "number" in fields:
        return Received(_receipt(fields), signed=False)
    if "inNumber" in fields and "sender" in fields:
        return Received(_stop(fields), signed=False)
    return Received(genuine=False)


def _receipt(fields: Mapping[str, str]) -> tuple[Receipt, ...]:
    if fields["status"] not in STATUSES or not fields.get("customID"):
        return ()
    happened, reason = STATUSES[fields["status"]]
    id = receipt_key(fields["customID"], fields["number"])
    return (Receipt(happened, provider_id=id, reason=reason),)


def _stop(fields: Mapping[str, str]) -> tuple[Receipt, ...]:
    """A STOP, alone or after the keyword of a shared number."""
    words = [word.strip(".!").upper() for word in fields.get("content", "").split()]
    words = words[1:] if len(words) > 1 and words[0] == fields.get("keyword", "").upper() else words
    if len(words) == 1 and words[0] in STOP:
        return (Receipt(Happened.STOPPED, address=f"+{fields['sender'].lstrip('+')}"),)
    return ()
