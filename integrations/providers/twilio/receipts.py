"""What Twilio posts to us: what became of a message, and what recipients answer. Signed with the auth token.

https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs, parse_qsl, urlsplit

from integrations import signatures
from integrations.contract import FORGED, Happened, Receipt, Received, Request, Settings, Signature
from integrations.providers.twilio.answers import NO_SUCH_NUMBER, OPTED_OUT, undelivered

MESSAGE_PARAMETER = "message"
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
    "undelivered": Happened.BOUNCED_SOFT,
    "failed": Happened.BOUNCED_SOFT,
    "canceled": Happened.REFUSED,
}
STOP = frozenset({
    "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "STOPP", "ARRET", "ARRÊT", "BAJA", "PARAR", "ABMELDEN",
})  # fmt: skip
"""English words as Twilio knows them, and those of other languages: `OptOutType` comes only from services with Advanced Opt-Out."""
START = frozenset({"START", "UNSTOP"})
TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""Answer nothing: Twilio confirms a STOP by itself."""


def signature(settings: Settings, request: Request) -> Signature:
    """Signed with the auth token, always; no time is under it."""
    pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    if not _genuine(settings, request, pairs):
        return FORGED
    about_message = any(name in {"MessageStatus", "SmsStatus"} and value in STATUSES for name, value in pairs)
    said = not about_message and any(name == "Body" for name, _ in pairs)
    covers = repr((request.url, sorted(set(pairs)))).encode()
    return Signature(covers=covers, reply=TWIML, reply_type="text/xml") if said else Signature(covers=covers)


def receive(settings: Settings, request: Request) -> Received:
    """One callback or one incoming message."""
    pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    if not request.checked and not _genuine(settings, request, pairs):
        return Received(genuine=False)
    fields = dict(pairs)
    status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    if status in STATUSES:
        return Received(tuple(_about_message(fields, request.url, STATUSES[status])))
    if "Body" in fields:
        return Received(tuple(_about_address(fields)), reply=TWIML, reply_type="text/xml")
    return Received()


def _genuine(settings: Settings, request: Request, pairs: list[tuple[str, str]]) -> bool:
    given = request.headers.get("x-twilio-signature", "")
    hash = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    if hash and not signatures.sha256_matches(hash, request.body):
        return False
    signed = [] if hash else pairs
    tokens = [token for token in (settings["auth_token"], settings["old_auth_token"]) if token]
    return any(
        signatures.form_signature_is_valid(token, url, signed, given)
        for token in tokens
        for url in signatures.with_and_without_port(request.url)
    )


def _about_message(fields: Mapping[str, str], url: str, happened: Happened) -> Iterator[Receipt]:
    ours = parse_qs(urlsplit(url).query).get(MESSAGE_PARAMETER, [""])[0]
    code = int(fields["ErrorCode"]) if fields.get("ErrorCode", "").isdecimal() else 0
    failed = happened is Happened.BOUNCED_SOFT
    if failed:
        happened = Happened.DROPPED if code == OPTED_OUT else Happened.BOUNCED if code in NO_SUCH_NUMBER else happened
    yield Receipt(
        happened,
        message_id=ours,
        provider_id=fields.get("MessageSid") or fields.get("SmsSid", ""),
        address=fields.get("To", ""),
        reason=undelivered(code) if failed else "",
        because=Happened.STOPPED if happened is Happened.DROPPED else None,
    )


def _about_address(fields: Mapping[str, str]) -> Iterator[Receipt]:
    """STOP and START, by Twilio's word (Advanced Opt-Out) or by the recipient's."""
    word = fields.get("OptOutType", "").upper() or "".join(fields["Body"].split()).strip(".!").upper()
    if fields.get("From") and (word in STOP or word in START):
        yield Receipt(Happened.STOPPED if word in STOP else Happened.RESUBSCRIBED, address=fields["From"])
