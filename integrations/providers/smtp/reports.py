"""What does a mail say that came back? Delivery status (RFC 3464) and complaints (ARF, RFC 5965), read by Python's own parser.

Whoever can write to a mailbox can write such a report: only one that carries the token of a message is believed. Everything else (answers
of people and of machines, newsletters, reports about mails of others) says nothing here.
"""

from __future__ import annotations

import email
import email.utils
import itertools
from collections.abc import Iterator
from email.message import Message as Mail

from integrations.contract import Happened, Receipt
from integrations.http import scrub
from integrations.providers.smtp import bounce_codes, return_path

LARGEST = 1024 * 1024
"""Bytes of a report that are read; what comes after is the mail that was sent, mostly."""
MOST_PARTS = 60
"""Parts of a report, however deep. A report has three."""
MOST_BLOCKS = 20
"""Recipients of a report; each of our mails has one."""
COMPLAINTS = {"abuse": Happened.COMPLAINED, "fraud": Happened.COMPLAINED, "opt-out": Happened.UNSUBSCRIBED}
"""Kind of feedback (RFC 5965, 7.3) -> what happened. `not-spam`, `virus` and `other` change nothing."""
_ENVELOPE = ("delivered-to", "x-original-to", "x-envelope-to", "envelope-to", "to", "original-recipient")
_ORIGINAL = (return_path.HEADER, "return-path")


def read(raw: bytes, key: str) -> tuple[Receipt, ...]:
    """What a mail tells about a message whose token was made with `key`. Nothing, where it is no report or about nobody."""
    raw = raw[:LARGEST]
    if raw.lower().count(b"\ncontent-type:") > MOST_PARTS:
        return ()
    try:
        mail = email.message_from_bytes(raw)
        parts = list(itertools.islice(mail.walk(), MOST_PARTS * 4))
        message_id = _about(mail, parts, key)
        receipt = (_complaint(parts, message_id) or _bounce(mail, parts, message_id)) if message_id else None
    except (ValueError, LookupError, RecursionError, TypeError, AttributeError):  # what no mail server writes
        return ()
    return (receipt,) if receipt else ()


def _about(mail: Mail, parts: list[Mail], key: str) -> str:
    """Our id of the message: from the address the report came to, the mail that it encloses, or its headers."""
    said: Iterator[str] = itertools.chain(
        (str(value) for name in _ENVELOPE for value in mail.get_all(name, [])),
        (str(value) for part in parts for name in _ORIGINAL for value in part.get_all(name, [])),
        (_text(part) for part in parts if part.get_content_type() == "text/rfc822-headers"),
        (str(part.get("original-envelope-id", "")) + str(part.get("original-mail-from", "")) for part in parts),
    )
    return next((found for text in said if (found := return_path.message_of(key, text))), "")


def _complaint(parts: list[Mail], message_id: str) -> Receipt | None:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            fields = email.message_from_string(_text(part) or _inner(part))
            happened = COMPLAINTS.get(str(fields.get("feedback-type", "")).strip().lower())
            at = _seconds(str(fields.get("arrival-date") or fields.get("received-date") or ""))
            return Receipt(happened, message_id, at=at) if happened else None
    return None


def _bounce(mail: Mail, parts: list[Mail], message_id: str) -> Receipt | None:
    """The first recipient of whom something final is said; or what a server said that writes no report."""
    for block in _blocks(parts):
        action = str(block.get("action", "")).strip().lower()
        if action == "delivered":
            return Receipt(Happened.DELIVERED, message_id, at=_seconds(str(mail.get("date", ""))))
        if action == "failed":
            return _failed(mail, message_id, str(block.get("status", "")), str(block.get("diagnostic-code", "")))
    if "x-failed-recipients" in mail and not any(part.get_content_type() == "message/delivery-status" for part in parts):
        words = next((_text(part) for part in parts if part.get_content_type() == "text/plain"), "")
        return _failed(mail, message_id, "", words[:5_000])
    return None


def _failed(mail: Mail, message_id: str, status: str, diagnostic: str) -> Receipt:
    code = bounce_codes.code_of(status, " ".join(diagnostic.split()))
    hard, words = bounce_codes.meaning(code)
    reason = scrub(f"{words} ({code})" if code else words)
    happened = Happened.BOUNCED if hard else Happened.BOUNCED_SOFT
    return Receipt(happened, message_id, at=_seconds(str(mail.get("date", ""))), reason=reason)


def _blocks(parts: list[Mail]) -> list[Mail]:
    """The fields of each recipient in a delivery status."""
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() == "message/delivery-status" and isinstance(payload, list):
            return [block for block in payload[:MOST_BLOCKS] if isinstance(block, Mail)]
    return []


def _text(part: Mail) -> str:
    raw = part.get_payload(decode=True)
    return raw.decode("utf-8", "replace")[:20_000] if isinstance(raw, bytes) else ""


def _inner(part: Mail) -> str:
    """Fields that the parser took for a mail inside of the part."""
    payload = part.get_payload()
    return payload[0].as_string()[:20_000] if isinstance(payload, list) and payload and isinstance(payload[0], Mail) else ""


def _seconds(date: str) -> int:
    try:
        return max(0, int(email.utils.parsedate_to_datetime(date).timestamp()))
    except (ValueError, TypeError, OverflowError):
        return 0
