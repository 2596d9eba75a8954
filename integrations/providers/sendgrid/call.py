"""A batch in SendGrid's words: the template once, and its slots as substitutions of each recipient.

https://www.twilio.com/docs/sendgrid/for-developers/sending-email/substitution-tags
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from typing import Any

from integrations import mime
from integrations.contract import Batch, Config, Message, Settings, slot_pattern

ITEMS, BYTES, SLOT_BYTES = 1000, 20_000_000, 10_000
"""Recipients of a call, bytes of a call (a mail may have 30 MB), and bytes of one recipient's substitutions."""
REGIONS = {"global": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}
MARK = "largesse_"
"""Our words among SendGrid's begin with it: custom arguments come back flat in every event."""
HEADS = ("from_email", "from_name", "reply_to")
"""Parts that are the same for a whole call."""


def api(settings: Settings) -> str:
    """The address of the API, without a slash at its end."""
    return REGIONS.get(settings["region"]) or settings["api"].rstrip("/")


def headers(settings: Settings) -> dict[str, str]:
    """Who is calling."""
    said = {"Authorization": f"Bearer {settings['api_key']}", "Content-Type": "application/json", "Accept": "application/json"}
    return said | ({"On-Behalf-Of": settings["subuser"]} if settings["subuser"] else {})


def calls(batch: Batch) -> Iterator[Batch]:
    """The batch as calls: few enough, small enough, one sender, no address twice; what cannot be substituted travels alone."""
    together = []
    for message in batch.messages:
        if batch.template and _slot_bytes(message) <= SLOT_BYTES:
            together.append(message)
        else:
            yield Batch((dataclasses.replace(message, parts=batch.rendered(message), slots={}),))
    heads = _heads(batch)
    while together:
        call: dict[str, Message] = {}
        left, size, sender = [], 0, heads(together[0])
        for message in together:
            address, weight = message.address.casefold(), 400 + _slot_bytes(message)
            if len(call) < ITEMS and size + weight < BYTES and address not in call and heads(message) == sender:
                call[address], size = message, size + weight
            else:
                left.append(message)
        yield Batch(tuple(call.values()), batch.template)
        together = left


def body(batch: Batch) -> bytes:
    """The JSON of one call. Raises Config for what SendGrid cannot be told."""
    first = batch.messages[0]
    heads = _heads(batch)(first)
    said = {name: batch.template[name] if name in batch.template else first.parts.get(name, "") for name in ("subject", "text", "html")}
    if not said["subject"]:
        raise Config("A mail needs a subject.")
    content = [{"type": kind, "value": said[part]} for part, kind in (("text", "text/plain"), ("html", "text/html")) if said[part]]
    call: dict[str, Any] = {
        "from": _person(heads["from_email"], heads["from_name"]),
        "subject": said["subject"],
        "content": content,
        "personalizations": [_personal(message) for message in batch.messages],
    }
    if heads["reply_to"]:
        call["reply_to"] = _person(heads["reply_to"], "")
    return json.dumps(call, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _heads(batch: Batch) -> Callable[[Message], dict[str, str]]:
    """Tells the sender of a message; what has no slots is worked out once."""
    first = batch.messages[0] if batch.messages else None
    pattern = slot_pattern(first.slots) if first and first.slots else None
    texts = {name: batch.template[name] for name in HEADS if name in batch.template}
    fixed = {name: text for name, text in texts.items() if not (pattern and pattern.search(text))}
    return lambda message: {name: fixed[name] if name in fixed else batch.part(message, name) for name in HEADS}


def _slot_bytes(message: Message) -> int:
    return sum(len(key) + len(value.encode("utf-8", "replace")) for key, value in message.slots.items())


def _person(address: str, name: str) -> dict[str, str]:
    try:
        return {"email": mime.mailbox(address)} | ({"name": mime.one_line(name)} if name else {})
    except ValueError as wrong:
        raise Config(f"The sender “{mime.one_line(address)}” is not a mail address.") from wrong


def _personal(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {
        "to": [{"email": mime.mailbox(message.address)}],
        "custom_args": {f"{MARK}message": message.id, **{f"{MARK}{key}": value for key, value in message.tags.items()}},
    }
    if message.slots:
        said["substitutions"] = dict(message.slots)
    if message.unsubscribe_url:
        said["headers"] = {
            "List-Unsubscribe": f"<{mime.ascii_url(message.unsubscribe_url)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return said
