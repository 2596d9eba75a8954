"""How is a batch written for Mailgun? The template once, and its slots as recipient variables.

https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/batch-sending
`%recipient.name%` stands for a value anywhere: in subject, bodies, headers and variables of ours.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from urllib3.filepost import encode_multipart_formdata

from integrations.contract import Batch, Message, Settings, slot_pattern
from integrations.mail import mail_calls, mime

ITEMS, BYTES = 1000, 20_000_000
"""Recipients of a call, and bytes of a call: a mail may have 25 MB."""
REGIONS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}
OUR_PREFIX = "largesse_"
"""Our own keys among Mailgun's begin with it: variables of ours come back in every event."""
UNSUBSCRIBE = f"{OUR_PREFIX}unsubscribe"


def api(settings: Settings) -> str:
    """The address of the API, without a slash at its end."""
    return REGIONS.get(settings["region"]) or settings["api"].rstrip("/")


def authorization(settings: Settings) -> dict[str, str]:
    """The headers of every call, with the key."""
    return {"Authorization": "Basic " + base64.b64encode(f"api:{settings['api_key']}".encode()).decode(), "Accept": "application/json"}


def calls(batch: Batch) -> Iterator[Batch]:
    """The batch as calls: every value can travel with others, for it is read as JSON."""
    return mail_calls.split(batch, ITEMS, BYTES, mail_calls.slot_bytes, lambda _: False)


def body(batch: Batch) -> tuple[bytes, str]:
    """The form of one call, and its content type. Raises Config for what Mailgun cannot be told."""
    first = batch.messages[0]
    sender, parts = mail_calls.sender_of(batch)(first), mail_calls.subject_and_bodies(batch)
    names = {key: f"{OUR_PREFIX}{n}" for n, key in enumerate(sorted({key for message in batch.messages for key in message.slots}))}
    if names:
        pattern = slot_pattern(names)
        parts = {part: pattern.sub(lambda found: f"%recipient.{names[found.group()]}%", text) for part, text in parts.items()}
    people = {mime.mailbox(message.address): _variables(message, names) for message in batch.messages}
    fields = [("from", _mailbox(sender["from_email"], sender["from_name"])), *(("to", address) for address in people)]
    fields += [(part, text) for part, text in parts.items() if text]
    if sender["reply_to"]:
        fields.append(("h:Reply-To", mail_calls.sender_mailbox(sender["reply_to"])))
    if first.unsubscribe_url:
        fields += [("h:List-Unsubscribe", f"%recipient.{UNSUBSCRIBE}%"), ("h:List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
    ours = sorted({name for variables in people.values() for name in variables} - {UNSUBSCRIBE, *names.values()})
    fields += [(f"v:{name}", f"%recipient.{name}%") for name in ours]
    fields.append(("recipient-variables", json.dumps(people, ensure_ascii=False, separators=(",", ":"))))
    return encode_multipart_formdata([(name, text.encode("utf-8", "replace")) for name, text in fields])


def _variables(message: Message, names: dict[str, str]) -> dict[str, str]:
    """What differs for this recipient: slots, our ids, and the unsubscribe address."""
    variables = {names[key]: value for key, value in message.slots.items()}
    variables |= {f"{OUR_PREFIX}message": message.id, **{f"{OUR_PREFIX}{key}": mime.one_line(value) for key, value in message.tags.items()}}
    return variables | ({UNSUBSCRIBE: f"<{mime.ascii_url(message.unsubscribe_url)}>"} if message.unsubscribe_url else {})


def _mailbox(address: str, name: str) -> str:
    bare, clean = mail_calls.sender_mailbox(address), mime.one_line(name).replace("\\", "").replace('"', "'")
    return f'"{clean}" <{bare}>' if clean else bare
