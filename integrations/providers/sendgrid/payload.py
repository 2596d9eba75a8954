"""How is a batch written for SendGrid? The template once, and its slots as substitutions of each recipient.

https://www.twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring
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
    }
    if sender["reply_to"]:
        call["reply_to"] = _mailbox(sender["reply_to"], "")
    shared = json.dumps(call, ensure_ascii=False, separators=(",", ":"))
    each = ",".join(map(_personalizations(), batch.messages))
    return f'{shared[:-1]},"personalizations":[{each}]}}'.encode("utf-8", "replace")


def _mailbox(address: str, name: str) -> dict[str, str]:
    return {"email": mail_calls.sender_mailbox(address)} | ({"name": mime.one_line(name)} if name else {})


def _personalizations() -> Callable[[Message], str]:
    """Writes one recipient as JSON; what is the same for all is encoded once, for a call may have a thousand."""
    text = functools.cache(encode_basestring)
    tags: dict[int, str] = {}

    def tags_of(message: Message) -> str:
        if (known := tags.get(id(message.tags))) is None:
            known = "".join(f",{text(OUR_PREFIX + key)}:{text(value)}" for key, value in message.tags.items())
            tags[id(message.tags)] = known
        return known

    def written(message: Message) -> str:
        fields = f'{{"to":[{{"email":{encode_basestring(mime.mailbox(message.address))}}}]'
        fields += f',"custom_args":{{"{OUR_PREFIX}message":{encode_basestring(message.id)}{tags_of(message)}}}'
        if message.slots:
            slots = ",".join([f"{text(key)}:{encode_basestring(value)}" for key, value in message.slots.items()])
            fields += f',"substitutions":{{{slots}}}'
        if message.unsubscribe_url:
            link = encode_basestring(f"<{mime.ascii_url(message.unsubscribe_url)}>")
            fields += f',"headers":{{"List-Unsubscribe":{link},"List-Unsubscribe-Post":"List-Unsubscribe=One-Click"}}'
        return fields + "}"

    return written
