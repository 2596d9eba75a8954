"""What Twilio posts to us: what became of a message, and what recipients answer. Signed with the auth token.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, parse_qsl, urlsplit

from integrations import signatures
from integrations.contract import Happened, Receipt, Received, Request, Settings
from integrations.providers.twilio.answers import NO_SUCH_NUMBER, OPTED_OUT, undelivered

MARK = "message"
"""In the query of a callback's address: our id of the message, for where the answer to the call was lost."""
STATUSES = {
    "accepted": Happened.ACCEPTED,
    "scheduled": Happened.ACCEPTED,
    "queued": Happened.ACCEPTED,
    "sending": Happened.ACCEPTED,
    "sent": Happened.ACCEPTED,
    "delivered": Happened.DELIVERED,
    "partially_delivered": Happened.DELIVERED,
    "read": Happened.OPENED,
    "undelivered": Happened.BOUNCED,
    "failed": Happened.BOUNCED,
    "canceled": Happened.BOUNCED,
}
STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP"})
TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""Answer nothing: Twilio confirms a STOP by itself."""


def receive(settings: Settings, request: Request) -> Received:
    """One callback or one incoming message."""
    fields = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    if not request.checked and not _genuine(settings, request, fields):
        return Received(genuine=False)
    said = dict(fields)
    status = said.get("MessageStatus") or said.get("SmsStatus", "")
    if status in STATUSES:
        return Received(tuple(_about_message(said, request.url, STATUSES[status])))
    if "Body" in said:
        return Received(tuple(_about_address(said)), reply=TWIML, reply_type="text/xml")
    return Received()


def _genuine(settings: Settings, request: Request, fields: list[tuple[str, str]]) -> bool:
    given = request.headers.get("x-twilio-signature", "")
    hash = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    if hash and not signatures.sha256_fits(hash, request.body):
        return False
    signed = [] if hash else fields
    tokens = [token for token in (settings["auth_token"], settings["old_auth_token"]) if token]
    return any(signatures.form_fits(token, url, signed, given) for token in tokens for url in signatures.with_and_without_port(request.url))


def _about_message(said: Mapping[str, str], url: str, happened: Happened) -> Iterator[Receipt]:
    ours = parse_qs(urlsplit(url).query).get(MARK, [""])[0]
    code = int(said["ErrorCode"]) if said.get("ErrorCode", "").isdecimal() else 0
    bounced = happened is Happened.BOUNCED
    yield Receipt(
        happened,
        message_id=ours,
        provider_id=said.get("MessageSid") or said.get("SmsSid", ""),
        address=said.get("To", ""),
        reason=undelivered(code) if bounced else "",
        permanent=bounced and code in NO_SUCH_NUMBER,
    )
    if bounced and code == OPTED_OUT and said.get("To"):
        yield Receipt(Happened.UNSUBSCRIBED, address=said["To"], permanent=True)


def _about_address(said: Mapping[str, str]) -> Iterator[Receipt]:
    """STOP and START, by Twilio's word (Advanced Opt-Out) or by the recipient's."""
    word = said.get("OptOutType", "").upper() or "".join(said["Body"].split()).strip(".!").upper()
    if said.get("From") and (word in STOP or word in START):
        yield Receipt(Happened.UNSUBSCRIBED if word in STOP else Happened.RESUBSCRIBED, address=said["From"], permanent=word in STOP)
