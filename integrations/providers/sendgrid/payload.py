"""How is a batch written for SendGrid? The template once, and its slots as substitutions of each recipient.

https://www.twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from integrations.contract import Batch, Message, Settings
from integrations.mail import mail_calls, mime

ITEMS, BYTES, SLOT_BYTES = 1000, 20_000_000, 10_000
"""Recipients of a call, bytes of a call (a mail may have 30 MB), and bytes of one recipient's substitutions."""
REGIONS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
OUR_PREFIX = "largesse_"
"""Our own keys among SendGrid's begin with it: custom arguments come back flat in every event."""


def api(settings: Settings) -> str:
    """The address of the API, without a slash at its end."""
    return REGIONS.get(settings["region"]) or settings["api"].rstrip("/")


def headers(settings: Settings) -> dict[str, str]:
    """The headers of every call, with the key."""
    fields = {"Authorization": f"Bearer {settings['api_key']}", "Content-Type": "application/json", "Accept": "application/json"}
    return fields | ({"On-Behalf-Of": settings["subuser"]} if settings["subuser"] else {})


def calls(batch: Batch) -> Iterator[Batch]:
    """The batch as calls; what SendGrid cannot substitute travels alone."""
    return mail_calls.split(batch, ITEMS, BYTES, mail_calls.slot_bytes, lambda message: mail_calls.slot_bytes(message) > SLOT_BYTES)


def body(batch: Batch) -> bytes:
    """The JSON of one call. Raises Config for what SendGrid cannot be told."""
    sender = mail_calls.sender_of(batch)(batch.messages[0])
    fields = mail_calls.subject_and_bodies(batch)
    content = [{"type": kind, "value": fields[part]} for part, kind in (("text", "text/plain"), ("html", "text/html")) if fields[part]]
    call: dict[str, Any] = {
        "from": _mailbox(sender["from_email"], sender["from_name"]),
        "subject": fields["subject"],
        "content": content,
        "personalizations": [_personalization(message) for message in batch.messages],
    }
    if sender["reply_to"]:
        call["reply_to"] = _mailbox(sender["reply_to"], "")
    return json.dumps(call, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _mailbox(address: str, name: str) -> dict[str, str]:
    return {"email": mail_calls.sender_mailbox(address)} | ({"name": mime.one_line(name)} if name else {})


def _personalization(message: Message) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "to": [{"email": mime.mailbox(message.address)}],
        "custom_args": {f"{OUR_PREFIX}message": message.id, **{f"{OUR_PREFIX}{key}": value for key, value in message.tags.items()}},
    }
    if message.slots:
        fields["substitutions"] = dict(message.slots)
    if message.unsubscribe_url:
        fields["headers"] = {
            "List-Unsubscribe": f"<{mime.ascii_url(message.unsubscribe_url)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return fields
