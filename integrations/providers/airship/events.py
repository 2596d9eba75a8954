"""Record custom events of named users, a hundred a call: sequences and automations that begin with them send.

https://www.airship.com/docs/developer/rest-api/ua/operations/custom-events/
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from integrations.contract import AllAccepted, Batch, Message, Outcome, Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.airship.answers import send_call
from integrations.providers.airship.client import calls, request
from integrations.providers.airship.named_users import without_impossible

ITEMS = 100


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome | AllAccepted]:
    """An event for each message, with our id of it, so that two are not taken for one."""
    refused, people = without_impossible(batch.messages)
    yield from refused

    def post(part: tuple[Message, ...]) -> Answer | Failure:
        return request(http, settings, "POST", "/api/custom-events", [event(batch, message) for message in part], len(part))

    for messages in calls(people, ITEMS):
        yield from send_call(messages, post, 200, settings["token"])


def event(batch: Batch, message: Message) -> dict[str, Any]:
    """The body of one event. `transaction` is the distribution."""
    occurred = datetime.datetime.fromtimestamp(message.attempt_at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    values = {name: value for name, value in message.data.items() if value != ""}
    about = {"name": batch.options["event"], "unique_id": message.id, "properties": values}
    if message.tags.get("distribution"):
        about["transaction"] = message.tags["distribution"]
    return {"occurred": occurred, "user": {"named_user_id": message.address}, "body": about}
