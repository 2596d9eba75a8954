"""How is a batch written for Braze? How a person is identified there, and the body of each kind of call.

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
RECIPIENT_KEYS = {"external_id": "external_user_id", "braze_id": "braze_id", "email": "email", "user_alias": "user_alias"}
"""The key of a person in `recipients`, by their key in `attributes` and `events`."""
Body = dict[str, Any]


def api(settings: Settings) -> str:
    """The address of the REST API, without a slash at its end."""
    return INSTANCES.get(settings["instance"]) or settings["api"].rstrip("/")


def headers(settings: Settings) -> dict[str, str]:
    """The headers of every call, with the key."""
    return {"Authorization": f"Bearer {settings['api_key']}", "Content-Type": "application/json", "Accept": "application/json"}


def as_bytes(body: Body) -> bytes:
    """The body as compact JSON."""
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
    """Values on the profile; an empty value clears the attribute, which may have been set by an earlier message."""
    values = [{name: value or None for name, value in message.data.items()} for message in batch.messages]
    return {"attributes": [_on_profile(settings, m) | fields for m, fields in zip(batch.messages, values, strict=True)]}


def events(settings: Settings, batch: Batch) -> Body:
    """A custom event for each message, with our id of it, so that a repetition can be recognised in Braze."""
    return {
        "events": [
            _on_profile(settings, message)
            | {"name": batch.options["event"], "time": _time(message.attempt_at), "properties": _with_our_ids(message)}
            for message in batch.messages
        ]
    }


def campaign_trigger(settings: Settings, batch: Batch) -> Body:
    """An API-triggered campaign for each recipient."""
    return {"campaign_id": batch.options["campaign"], "recipients": _recipients(settings, batch, "trigger_properties")}


def canvas_trigger(settings: Settings, batch: Batch) -> Body:
    """An API-triggered Canvas for each recipient."""
    return {"canvas_id": batch.options["canvas"], "recipients": _recipients(settings, batch, "canvas_entry_properties")}


def transactional(settings: Settings, batch: Batch) -> Body:
    """A transactional mail for one; Braze recognises `external_send_id` for a day."""
    if settings["known_by"] not in {"external_id", "user_alias"}:
        raise Config("Transactional mails of Braze know people by external id or alias only: change the connection, or send a campaign.")
    (message,) = batch.messages
    return {"external_send_id": message.id, "trigger_properties": _non_empty(message), "recipient": _recipient(settings, message)}


def _recipients(settings: Settings, batch: Batch, place: str) -> list[Body]:
    existing = {} if settings["known_by"] == "user_alias" else {"send_to_existing_only": True}
    return [_recipient(settings, message) | existing | {place: _non_empty(message)} for message in batch.messages]


def _recipient(settings: Settings, message: Message) -> Body:
    known_by = settings["known_by"]
    first = {"prioritization": ["identified", "most_recently_updated"]} if known_by == "email" else {}
    return {RECIPIENT_KEYS[known_by]: _identifier(settings, message), **first}


def _on_profile(settings: Settings, message: Message) -> Body:
    return {settings["known_by"]: _identifier(settings, message), "_update_existing_only": True}


def _identifier(settings: Settings, message: Message) -> Any:
    if settings["known_by"] == "user_alias":
        return {"alias_name": message.address, "alias_label": settings["alias_label"]}
    return message.address


def _non_empty(message: Message) -> Body:
    return {name: value for name, value in message.data.items() if value != ""}


def _with_our_ids(message: Message) -> Body:
    return _non_empty(message) | {"largesse_message": message.id, **{f"largesse_{key}": value for key, value in message.tags.items()}}


def _time(at: int) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).isoformat().replace("+00:00", "Z")
