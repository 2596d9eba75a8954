"""Record an event of a contact, one a call: a series or workflow that begins with it sends the message.

https://developers.intercom.com/docs/references/rest-api/api.intercom.io/data-events
Intercom knows a repetition only by contact, name and second; an attempt later has another second, so what was cut off stays unsure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations.contract import Batch, Config, Fate, Message, Outcome, PeerTrouble, Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.intercom.answers import SameWords, other, refused, used_up
from integrations.providers.intercom.client import request

MOST = 10
"""So many values an event may have."""
KEYS = {"external_id": "user_id", "email": "email", "id": "id"}
"""What an event calls the contact, by what the connection does."""


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One request for each message; after the first that is throttled, nobody else is asked about."""
    words, wait = SameWords(), None
    for message in batch.messages:
        if wait is not None:
            yield Outcome(message.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED)
            continue
        result = request(http, settings, "POST", "/events", event(settings, batch, message))
        outcome = words.heard(_outcome_of(settings, result, message))
        wait = outcome.wait
        yield outcome


def event(settings: Settings, batch: Batch, message: Message) -> dict[str, Any]:
    """The body of one event; our distribution goes along where there is room. Raises Config."""
    values = {name: str(value) for name, value in message.data.items() if value != ""}
    if len(values) > MOST:
        raise Config(f"Intercom takes {MOST} values an event, and this field map has {len(values)}: leave some out.")
    ours = {f"largesse_{key}": value for key, value in message.tags.items()}
    return {
        "event_name": batch.options["event"],
        "created_at": message.attempt_at,
        KEYS[settings["known_by"]]: message.address,
        "metadata": dict([*values.items(), *ours.items()][:MOST]),
    }


def _outcome_of(settings: Settings, result: Answer | Failure, message: Message) -> Outcome:
    if isinstance(result, Answer):
        if result.status == 202 and not (result.body.strip() or result.cut):
            return Outcome(message.id, Fate.ACCEPTED, wait=used_up(result, message))
        if outcome := refused(result, message, settings["token"]):
            return outcome
    return next(other(result, (message,), safe=False))
