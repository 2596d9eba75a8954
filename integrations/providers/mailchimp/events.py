"""Tell an event of a contact, one a call: a journey that begins with it sends the message.

https://mailchimp.com/developer/marketing/docs/tracking-events/
Mailchimp recognises no repetition of an event, so what was cut off stays unsure.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations.contract import Batch, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, Http
from integrations.providers.mailchimp.answers import STOPS, TITLES, refusal, said, throttled, unanswered, wait
from integrations.providers.mailchimp.client import ask, contact

ITEMS = 25
"""How many are sent one after the other before somebody else gets a turn."""


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One request for each message; after the first that is throttled, nobody else is asked about."""
    pause = None
    for message in batch.messages:
        if pause is not None:
            yield Outcome(message.id, Fate.LATER, "Mailchimp asks for a pause.", retry_after=pause)
            continue
        path = f"/lists/{settings['audience']}/members/{contact(message.address)}/events"
        body = {"name": batch.options["event"], "properties": {name: str(value) for name, value in message.data.items()}}
        outcome = _judged(ask(http, settings, "POST", path, body), message)
        pause = outcome.retry_after
        yield outcome


def _judged(happened: Answer | Failure, message: Message) -> Outcome:
    if isinstance(happened, Answer):
        if happened.status in {200, 202, 204}:
            return Outcome(message.id, Fate.ACCEPTED)
        if throttled(happened):
            return Outcome(message.id, Fate.LATER, "Mailchimp asks for a pause.", retry_after=wait(happened, message.attempt_at))
        if happened.status == 404:
            return Outcome(message.id, Fate.REFUSED, TITLES["resource not found"])
        if happened.status in STOPS:
            raise Stop(STOPS[happened.status])
        if 400 <= happened.status < 500:
            body = said(happened)
            return Outcome(message.id, Fate.REFUSED, refusal(f"{body.get('title', '')} {body.get('detail', '')}"))
    fate, reason = unanswered(happened, safe=False)
    return Outcome(message.id, fate, reason)
