"""Tell an event of a contact, one a call: a journey that begins with it sends the message.

https://mailchimp.com/developer/marketing/docs/tracking-events/
Mailchimp recognises no repetition of an event, so what was cut off stays unsure.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations.contract import Batch, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, Http
from integrations.providers.mailchimp.answers import STOPS, TITLES, fate_without_answer, json_object, refusal_reason, throttled, wait
from integrations.providers.mailchimp.client import contact_id, request

ITEMS = 25
"""How many are sent one after the other before somebody else gets a turn."""


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One request for each message; after the first that is throttled, nobody else is asked about."""
    pause = None
    for message in batch.messages:
        if pause is not None:
            yield Outcome(message.id, Fate.LATER, "Mailchimp asks for a pause.", retry_after=pause)
            continue
        path = f"/lists/{settings['audience']}/members/{contact_id(message.address)}/events"
        body = {"name": batch.options["event"], "properties": {name: str(value) for name, value in message.data.items()}}
        outcome = _outcome_of(request(http, settings, "POST", path, body), message)
        pause = outcome.retry_after
        yield outcome


def _outcome_of(result: Answer | Failure, message: Message) -> Outcome:
    if isinstance(result, Answer):
        if result.status in {200, 202, 204}:
            return Outcome(message.id, Fate.ACCEPTED)
        if throttled(result):
            return Outcome(message.id, Fate.LATER, "Mailchimp asks for a pause.", retry_after=wait(result, message.attempt_at))
        if result.status == 404:
            return Outcome(message.id, Fate.REFUSED, TITLES["resource not found"])
        if result.status in STOPS:
            raise Stop(STOPS[result.status])
        if 400 <= result.status < 500:
            body = json_object(result)
            return Outcome(message.id, Fate.REFUSED, refusal_reason(f"{body.get('title', '')} {body.get('detail', '')}"))
    fate, reason = fate_without_answer(result, safe=False)
    return Outcome(message.id, fate, reason)
