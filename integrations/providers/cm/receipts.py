"""What CM.com posts to us: status reports, and what recipients answer. Neither is signed.

https://developers.cm.com/messaging/docs/incoming-status-report
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations import outside_json
from integrations.contract import Happened, Receipt, Received, Request, Settings
from integrations.providers.cm.answers import PREFIX, digits

REPORTS = {
    "0": Happened.ACCEPTED,
    "1": Happened.BOUNCED_SOFT,
    "2": Happened.DELIVERED,
    "3": Happened.BOUNCED_SOFT,
    "4": Happened.OPENED,
}
FAILED = {"1": "CM.com rejected the message.", "3": "The operator could not deliver the message."}
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT"})


def receive(settings: Settings, request: Request) -> Received:
    """A status report, or a reply of a recipient. Neither is signed."""
    try:
        document = outside_json.read(request.body)
    except ValueError:
        return Received(genuine=False)
    document = document if isinstance(document, dict) else {}
    if isinstance(document.get("messages"), dict):
        listed = document["messages"].get("msg")
        return Received(tuple(_reports(listed if isinstance(listed, list) else [listed])), signed=False)
    return Received(tuple(_stops(document)), signed=False)


def _reports(listed: Iterable[Any]) -> Iterator[Receipt]:
    for one in listed:
        status = one.get("status") if isinstance(one, dict) else None
        code = str(status.get("code")) if isinstance(status, dict) else ""
        if code in REPORTS and one.get("reference"):
            yield Receipt(REPORTS[code], message_id=f"{PREFIX}{one['reference']}", reason=FAILED.get(code, ""))


def _stops(document: Mapping[str, Any]) -> Iterator[Receipt]:
    sender, message = document.get("from"), document.get("message")
    words = str(message.get("text") or "") if isinstance(message, dict) else ""
    number = digits(sender.get("number")) if isinstance(sender, dict) else ""
    if number and "".join(words.split()).strip(".!").upper() in STOP:
        yield Receipt(Happened.STOPPED, address=f"+{number}")
