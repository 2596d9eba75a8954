"""Send attributes of users or events, many a call. https://www.moengage.com/docs/api/bulk/bulk-import-users-and-events

MoEngage answers for the whole call. Where it refuses one, that is asked again in halves until it is known whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from integrations.contract import AllAccepted, Batch, Config, Fate, Message, Outcome, PeerTrouble, Settings
from integrations.http import Answer, Failure, Http
from integrations.providers.moengage.answers import other, problem, stop_if_about_the_account, took
from integrations.providers.moengage.client import Body, calls, request

ITEMS = 200
LONE_REFUSALS = 3
"""So many messages refused alone, with nobody taken, are a mistake of ours, not of the recipients."""
NOBODY = frozenset(
    {
        "unknown",
        "guest",
        "null",
        "0",
        "1",
        "true",
        "false",
        "user_attribute_unique_id",
        "na",
        "n/a",
        "dummy_seller_code",
        "user_id",
        "id",
        "customer_id",
        "uid",
        "userid",
        "none",
        "-2",
        "-1",
        "2",
        "''",
    }
)
"""Ids that MoEngage never takes for a person: it would leave them out without a word."""
Call = tuple[tuple[Message, Body], ...]
Element = Callable[[Settings, Batch, Message], Body]


def send_attributes(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome | AllAccepted]:
    """Values on the profiles; a repetition overwrites itself."""
    yield from _send(http, settings, batch, customer, safe=True)


def send_events(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome | AllAccepted]:
    """An event each; MoEngage recognises no repetition."""
    yield from _send(http, settings, batch, event, safe=False)


def customer(settings: Settings, batch: Batch, message: Message) -> Body:
    """One user. An empty value is written as such: it may have been set by an earlier message."""
    about = {"u_em": message.email, "u_mb": message.phone.removeprefix("+")} if settings["new_profiles"] else {}
    return {
        "type": "customer",
        "customer_id": message.address,
        "update_existing_only": not settings["new_profiles"],
        "attributes": {**{name: value for name, value in about.items() if value}, **message.data},
    }


def event(settings: Settings, batch: Batch, message: Message) -> Body:
    """One event, with our id of the message, by which a repetition can be seen in MoEngage."""
    values = {name: value for name, value in message.data.items() if value != ""}
    ours = {"largesse_message": message.id, **{f"largesse_{key}": value for key, value in message.tags.items()}}
    action = {"action": batch.options["event"], "attributes": {**values, **ours}, "current_time": message.attempt_at * 1000}
    return {"type": "event", "customer_id": message.address, "actions": [action]}


def _send(http: Http, settings: Settings, batch: Batch, element: Element, *, safe: bool) -> Iterator[Outcome | AllAccepted]:
    nobody = [message for message in batch.messages if message.address.casefold() in NOBODY]
    yield from (Outcome(m.id, Fate.REFUSED, "Has an id that MoEngage takes for nobody’s.") for m in nobody)
    people = [message for message in batch.messages if message not in nobody]
    waiting = list(calls(people, [element(settings, batch, message) for message in people], ITEMS))[::-1]
    lone, taken = 0, False
    while waiting:
        call = waiting.pop()
        messages = tuple(message for message, _ in call)
        result = _post(http, settings, call)
        if isinstance(result, Answer) and took(result):
            taken = True
            yield AllAccepted(messages)
        elif isinstance(result, Answer) and (why := _refusal(result, settings)):
            if len(call) > 1:
                middle = len(call) // 2
                waiting += [call[middle:], call[:middle]]
                continue
            lone += 1
            if result.status == 413 or (lone >= LONE_REFUSALS and not taken):
                raise Config(f"MoEngage refuses what is sent: {why}")
            yield Outcome(messages[0].id, Fate.REFUSED, f"MoEngage refuses it: {why}")
        else:
            outcomes = list(other(result, messages, safe=safe))
            yield from outcomes
            if wait := outcomes[0].wait:  # what is left would be told the same
                left = [message for call in waiting for message, _ in call]
                yield from (Outcome(m.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED) for m in left)
                return


def _post(http: Http, settings: Settings, call: Call) -> Answer | Failure:
    body = {"type": "transition", "elements": [element for _, element in call]}
    return request(http, settings, f"/v1/transition/{quote(settings['workspace'], safe='')}", body, settings["data_key"], len(call))


def _refusal(answer: Answer, settings: Settings) -> str:
    """Why nothing of the call was taken; empty where the answer is about something else. Raises Stop."""
    why = problem(answer, settings["data_key"])
    if answer.status in {200, 400, 409, 413}:
        stop_if_about_the_account(answer, why)
    if answer.status == 413:
        return why or "The values are too long."
    return why if answer.status in {200, 400} else ""
