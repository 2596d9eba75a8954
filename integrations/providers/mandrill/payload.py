"""How is a batch written for Mandrill? The template once, with merge tags in it, and their values for each recipient.

https://mailchimp.com/developer/transactional/docs/templates-dynamic-content/
Merge tags are letters, digits and underscores. They work in subject and bodies, never in the header List-Unsubscribe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from integrations.contract import Batch, Message, Settings, slot_pattern
from integrations.mail import mail_calls, mime

ITEMS, BYTES = 1000, 20_000_000
"""Recipients of a call, and bytes of a call: a mail may have 25 MB."""
OUR_PREFIX = "largesse_"
"""Our own keys among the metadata begin with it; they come back in every event."""
MERGE_TAG_START = "*|"
"""How a merge tag begins: a value that holds it travels alone, where nothing is merged."""


def request(settings: Settings, call: str) -> tuple[str, dict[str, str]]:
    """Address and headers of a call."""
    return f"{settings['api'].rstrip('/')}/{call}", {"Content-Type": "application/json", "Accept": "application/json"}


def calls(batch: Batch, *, one_click: bool) -> Iterator[Batch]:
    """The batch as calls; with `one_click`, each mail has one of its own, for the header that differs."""

    def alone(message: Message) -> bool:
        return (one_click and bool(message.unsubscribe_url)) or any(MERGE_TAG_START in value for value in message.slots.values())

    return mail_calls.split(batch, ITEMS, BYTES, mail_calls.slot_bytes, alone)


def body(settings: Settings, batch: Batch | None = None) -> bytes:
    """The JSON of one call, with the key in it. Raises Config for what Mandrill cannot be told."""
    fields = {"key": settings["api_key"]} | ({"message": _message_body(settings, batch)} if batch else {})
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _message_body(settings: Settings, batch: Batch) -> dict[str, Any]:
    sender, parts = mail_calls.sender_of(batch)(batch.messages[0]), mail_calls.subject_and_bodies(batch)
    tags = {key: f"LARGESSE_{n}" for n, key in enumerate(sorted({key for message in batch.messages for key in message.slots}))}
    if tags:
        pattern = slot_pattern(tags)
        parts = {name: pattern.sub(lambda found: f"*|{tags[found.group()]}|*", text) for name, text in parts.items()}
    people = [(mime.mailbox(message.address), message) for message in batch.messages]
    fields = {
        "from_email": mail_calls.sender_mailbox(sender["from_email"]),
        "from_name": mime.one_line(sender["from_name"]),
        **{name: text for name, text in parts.items() if text},
        "to": [{"email": address, "type": "to"} for address, _ in people],
        "headers": _headers(sender["reply_to"], batch),
        "preserve_recipients": False,
        "merge": bool(tags),
        "merge_language": "mailchimp",
        "merge_vars": [{"rcpt": to, "vars": [{"name": tags[k], "content": v} for k, v in m.slots.items()]} for to, m in people if m.slots],
        "recipient_metadata": [
            {"rcpt": to, "values": {f"{OUR_PREFIX}message": m.id, **{f"{OUR_PREFIX}{k}": v for k, v in m.tags.items()}}} for to, m in people
        ],
    }
    return fields | ({"subaccount": settings["subaccount"]} if settings["subaccount"] else {})


def _headers(reply_to: str, batch: Batch) -> dict[str, str]:
    fields = {"Reply-To": mail_calls.sender_mailbox(reply_to)} if reply_to else {}
    if len(batch.messages) == 1 and (url := batch.messages[0].unsubscribe_url):
        fields |= {"List-Unsubscribe": f"<{mime.ascii_url(url)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return fields
