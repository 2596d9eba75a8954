"""Let Airship send a template by e-mail, with the values of each recipient. https://www.airship.com/docs/developer/rest-api/ua/operations/bulk-sending/

An address that Airship does not know is registered by that, and nobody is opted in by us: a commercial mail goes only to whom
Airship has as opted in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.contract import AllAccepted, Batch, Config, Message, Outcome, Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.airship.answers import send_call
from integrations.providers.airship.client import calls, request

ITEMS = 1000


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome | AllAccepted]:
    """One call for each thousand addresses. Raises Config."""
    if not settings["sender_name"] or not settings["sender_address"]:
        raise Config("The connection has no sender’s name and address: Airship needs them for e-mail by template. Enter them there.")

    def post(part: tuple[Message, ...]) -> Answer | Failure:
        return request(http, settings, "POST", "/api/create-and-send", body(settings, batch, part), len(part))

    for messages in calls(batch.messages, ITEMS):
        yield from send_call(messages, post, 202, settings["token"])


def body(settings: Settings, batch: Batch, part: tuple[Message, ...]) -> dict[str, Any]:
    """The body of one call. Its category is the distribution, by which Airship's own reports tell it apart."""
    mail = {
        "message_type": "commercial",
        "sender_name": settings["sender_name"],
        "sender_address": settings["sender_address"],
        "reply_to": settings["reply_to"] or settings["sender_address"],
        "template": {"template_id": batch.options["template"]},
    }
    said = {
        "audience": {"create_and_send": [{"ua_address": message.address, **message.data} for message in part]},
        "device_types": ["email"],
        "notification": {"email": mail},
    }
    category = part[0].tags.get("distribution", "")
    return {**said, "campaigns": {"categories": [category[:64]]}} if category else said
