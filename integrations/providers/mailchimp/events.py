"""Tell an event of a contact, one a call: a journey that begins with it sends the message.

https://mailchimp.com/developer/marketing/docs/tracking-events/
Mailchimp recognises no repetition of an event, so what was cut off stays unsure.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations.contract import Batch, Fate, Message, Outcome, PeerTrouble, Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.mailchimp.answers import TITLES, json_object, other, refused
from integrations.providers.mailchimp.client import contact_id, request

ITEMS = 25
"""How many are sent one after the other before somebody else gets a turn."""


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One request for each message; after the first that is throttled, nobody else is asked about."""
    wait = None
    for message in batch.messages:
        if wait is not None:
            yield Outcome(message.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED)
            continue
        path = f"/lists/{settings['audience']}/members/{contact_id(message.address)}/events"
        body = {"name": batch.options["event"], "properties": {name: str(value) for name, value in message.data.items()}}
        outcome = _outcome_of(request(http, settings, "POST", path, body), message)
        wait = outcome.wait
        yield outcome


def _outcome_of(result: Answer | Failure, message: Message) -> Outcome:
    if isinstance(result, Answer):
        if result.status in {200, 202, 204} and not (result.body.strip() or result.cut):
            return Outcome(message.id, Fate.ACCEPTED)
        body = json_object(result)
        if result.status == 404 and body:
            return Outcome(message.id, Fate.REFUSED, TITLES["resource not found"])
        if result.status in {400, 413, 422} and body:
            return refused(message, f"{body.get('title', '')} {body.get('detail', '')}")
    return next(other(result, (message,), safe=False))
