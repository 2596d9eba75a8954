"""A batch in Braze's words: who somebody is there, and what is written or sent.

https://www.braze.com/docs/api/endpoints/user_data/post_user_track and
https://www.braze.com/docs/api/endpoints/messaging/send_messages/post_send_triggered_campaigns
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from typing import Any

from integrations.contract import Batch, Config, Message, Settings

INSTANCES = {
    **{f"us-0{n}": f"https://rest.iad-0{n}.braze.com" for n in range(1, 9)},
    **{place: f"https://rest.{place}.braze.com" for place in ("us-10", "au-01", "id-01", "jp-01", "kr-01")},
    "eu-01": "https://rest.fra-01.braze.eu",
    "eu-02": "https://rest.fra-02.braze.eu",
}
BYTES = 3_500_000
"""Braze takes 4 MB."""
SENT_AS = {"external_id": "external_user_id", "braze_id": "braze_id", "email": "email", "user_alias": "user_alias"}
"""What somebody is called in `recipients`, by what they are called in `attributes` and `events`."""
Body = dict[str, Any]


def api(settings: Settings) -> str:
    """The address of the REST API, without a slash at its end."""
    return INSTANCES.get(settings["instance"]) or settings["api"].rstrip("/")


def headers(settings: Settings) -> dict[str, str]:
    """Who is calling."""
    return {"Authorization": f"Bearer {settings['api_key']}", "Content-Type": "application/json", "Accept": "application/json"}


def as_bytes(body: Body) -> bytes:
    """The body as it travels."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def calls(messages: Sequence[Message], items: int) -> Iterator[tuple[Message, ...]]:
    """As few calls as can be, nobody twice in one: Braze drops the second."""
    together = list(messages)
    while together:
        call: dict[str, Message] = {}
        left, size = [], 0
        for message in together:
            weight = 300 + sum(len(name) + 4 * len(str(value)) for name, value in message.data.items())
            if len(call) < items and (not call or size + weight < BYTES) and message.address not in call:
                call[message.address], size = message, size + weight
            else:
                left.append(message)
        yield tuple(call.values())
        together = left


def attributes(settings: Settings, batch: Batch) -> Body:
    """Values on the profile; what is empty is taken away, for it may stand there from the last time."""
    values = [{name: value or None for name, value in message.data.items()} for message in batch.messages]
    return {"attributes": [_on_profile(settings, m) | said for m, said in zip(batch.messages, values, strict=True)]}


def events(settings: Settings, batch: Batch) -> Body:
    """A custom event each, with our id of the message so that a repetition can be told there."""
    return {
        "events": [
            _on_profile(settings, message)
            | {"name": batch.options["event"], "time": _time(message.attempt_at), "properties": _marked(message)}
            for message in batch.messages
        ]
    }


def triggered(settings: Settings, batch: Batch) -> Body:
    """An API-triggered campaign for each recipient."""
    return {"campaign_id": batch.options["campaign"], "recipients": _recipients(settings, batch, "trigger_properties")}


def entered(settings: Settings, batch: Batch) -> Body:
    """An API-triggered Canvas for each recipient."""
    return {"canvas_id": batch.options["canvas"], "recipients": _recipients(settings, batch, "canvas_entry_properties")}


def transactional(settings: Settings, batch: Batch) -> Body:
    """A transactional mail for one; Braze recognises `external_send_id` for a day."""
    if settings["known_by"] not in {"external_id", "user_alias"}:
        raise Config("Transactional mails of Braze know people by external id or alias only: change the connection, or send a campaign.")
    (message,) = batch.messages
    return {"external_send_id": message.id, "trigger_properties": _said(message), "recipient": _recipient(settings, message)}


def _recipients(settings: Settings, batch: Batch, place: str) -> list[Body]:
    existing = {} if settings["known_by"] == "user_alias" else {"send_to_existing_only": True}
    return [_recipient(settings, message) | existing | {place: _said(message)} for message in batch.messages]


def _recipient(settings: Settings, message: Message) -> Body:
    known_by = settings["known_by"]
    first = {"prioritization": ["identified", "most_recently_updated"]} if known_by == "email" else {}
    return {SENT_AS[known_by]: _who(settings, message), **first}


def _on_profile(settings: Settings, message: Message) -> Body:
    return {settings["known_by"]: _who(settings, message), "_update_existing_only": True}


def _who(settings: Settings, message: Message) -> Any:
    if settings["known_by"] == "user_alias":
        return {"alias_name": message.address, "alias_label": settings["alias_label"]}
    return message.address


def _said(message: Message) -> Body:
    return {name: value for name, value in message.data.items() if value != ""}


def _marked(message: Message) -> Body:
    return _said(message) | {"largesse_message": message.id, **{f"largesse_{key}": value for key, value in message.tags.items()}}


def _time(at: int) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat().replace("+00:00", "Z")
