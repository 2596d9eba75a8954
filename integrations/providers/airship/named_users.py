"""Write values to attributes of named users, one a call. https://www.airship.com/docs/developer/rest-api/ua/operations/named-users/

Attributes are defined in the dashboard alone. A 200 with a warning wrote less than it was asked: whoever is no named user, and what is no
attribute, stands there and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from integrations.contract import Batch, Config, Fate, Message, Outcome, PeerTrouble, Settings
from integrations.http import Answer, Failure, Http, scrub
from integrations.providers.airship.answers import error_of, other
from integrations.providers.airship.client import json_object, request

ITEMS = 1
_ID = re.compile(r"(?!\s).{1,128}(?<!\s)", re.DOTALL)


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One request for each message; after the first that is throttled, nobody else is asked about."""
    refused, people = without_impossible(batch.messages)
    yield from refused
    wait = None
    for message in people:
        if wait is not None:
            yield Outcome(message.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED)
            continue
        path = f"/api/named_users/{quote(message.address, safe='')}/attributes"
        outcome = _outcome_of(request(http, settings, "POST", path, {"attributes": attributes(message)}), message, settings["token"])
        wait = outcome.wait
        yield outcome


def without_impossible(messages: tuple[Message, ...]) -> tuple[list[Outcome], tuple[Message, ...]]:
    """Refusals of ids that can be no named user's, and all others."""
    wrong = [message for message in messages if not _ID.fullmatch(message.address)]
    refused = [
        Outcome(m.id, Fate.REFUSED, "Its id cannot be a named user’s: 128 characters at most, no space at either end.") for m in wrong
    ]
    return refused, tuple(message for message in messages if message not in wrong)


def attributes(message: Message) -> list[dict[str, str]]:
    """What is set, and what is removed: an empty value, which may have been set by an earlier message."""
    return [
        {"action": "set", "key": name, "value": str(value)} if value != "" else {"action": "remove", "key": name}
        for name, value in message.data.items()
    ]


def _outcome_of(result: Answer | Failure, message: Message, secret: str) -> Outcome:
    if isinstance(result, Answer):
        body = json_object(result)
        if result.status == 200 and body.get("ok") is True:
            warning = scrub(str(body.get("warning") or body.get("warnings") or ""), [secret])
            if any(name in re.split(r"[\s,:;.'\"]+", warning) for name in message.data):
                raise Config(f"Airship does not know an attribute; define it in Airship, Audience, Attributes, as text: {warning}")
            return Outcome(message.id, Fate.REFUSED, f"Airship wrote nothing: {warning}") if warning else Outcome(message.id, Fate.ACCEPTED)
        if result.status == 400 and (error := error_of(result, secret)):
            if any(name in error[0] for name in message.data):
                raise Config(f"Airship refuses an attribute; define it in Airship, Audience, Attributes, as text: {error[0]}")
            return Outcome(message.id, Fate.REFUSED, f"Airship refuses it: {error[0]}")
    return next(other(result, (message,), safe=True))
