"""Write values into merge fields: up to 500 contacts a call, at once answered, each refusal by its address.

https://mailchimp.com/developer/marketing/api/lists/batch-subscribe-or-unsubscribe/
No contact's `status` is ever sent: what somebody chose there stays. What was cut off is written again, which changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Http
from integrations.providers.mailchimp.answers import json_object, other, refused
from integrations.providers.mailchimp.client import request

ITEMS = 500
LONGEST = 255
"""Bytes of a text merge field; Mailchimp cuts the rest off without a word."""
REPLY_LIMIT = 8 * 1024 * 1024
"""The answer repeats every contact, and the errors stand behind them."""
_INDEX = re.compile(r"members\D{0,2}(\d+)")


def send(http: Http, settings: Settings, batch: Batch) -> Iterator[Outcome]:
    """One call, repeated without those it names, or in halves where it names nobody."""
    fine = []
    for message in batch.messages:
        long = next((name for name, value in message.data.items() if len(str(value).encode()) > LONGEST), None)
        if long:
            yield Outcome(message.id, Fate.REFUSED, f"The value of {long} is longer than {LONGEST} bytes; Mailchimp would cut it off.")
        else:
            fine.append(message)
    waiting = [tuple(fine)] if fine else []
    while waiting:
        part = waiting.pop()
        path = f"/lists/{settings['audience']}?skip_merge_validation=true"
        result = request(http, settings, "POST", path, _body(settings, part), REPLY_LIMIT, len(part))
        if isinstance(result, Answer) and result.status == 200 and _adds_up(part, json_object(result)):
            yield from _taken(part, json_object(result)["errors"])
        elif isinstance(result, Answer) and result.status == 200 and len(result.body) >= REPLY_LIMIT and len(part) > 1:
            waiting += _halves(part)  # longer than we read: once more, in smaller pieces
        elif isinstance(result, Answer) and result.status in {400, 413, 422}:
            turned_away, again = _refused(part, result)
            yield from turned_away
            waiting += again
        else:
            yield from _other_status(part, result)


def _body(settings: Settings, messages: tuple[Message, ...]) -> dict[str, Any]:
    new = {"status_if_new": settings["new_contacts"]} if settings["new_contacts"] else {}
    return {"members": [{"email_address": m.address, **new, "merge_fields": dict(m.data)} for m in messages], "update_existing": True}


def _adds_up(messages: tuple[Message, ...], body: dict[str, Any]) -> bool:
    """Whether it is an answer to this call: errors of nobody but these, and as many contacts as were sent."""
    new, updated, errors = (body.get(name) for name in ("new_members", "updated_members", "errors"))
    if not isinstance(errors, list) or not all(isinstance(error, dict) for error in errors):
        return False
    asked, counted = {m.address.casefold() for m in messages}, [*errors, *(x for y in (new, updated) if isinstance(y, list) for x in y)]
    return _errors(errors).keys() <= asked and len(counted) >= len(asked)


def _errors(listed: list[dict[str, Any]]) -> dict[str, str]:
    return {str(e.get("email_address", "")).casefold(): str(e.get("error", "")) for e in listed}


def _taken(messages: tuple[Message, ...], listed: list[dict[str, Any]]) -> Iterator[Outcome]:
    """A 200 has errors by address; everybody else is written."""
    errors = _errors(listed)
    for message in messages:
        text = errors.get(message.address.casefold())
        if text is None:
            yield Outcome(message.id, Fate.ACCEPTED)
        else:
            yield refused(message, text)


def _halves(messages: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    middle = len(messages) // 2
    return [messages[middle:], messages[:middle]]


def _refused(messages: tuple[Message, ...], answer: Answer) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Nothing was taken. Those it names are refused and the rest is asked again; where it names nobody, two halves."""
    body = json_object(answer)
    listed = body.get("errors")
    named: dict[int, str] = {}
    for error in listed if isinstance(listed, list) else ():
        found = _INDEX.match(str(error.get("field", ""))) if isinstance(error, dict) else None
        if found and int(found[1]) < len(messages):
            named[int(found[1])] = str(error.get("message", ""))
    if named:
        rest = tuple(message for n, message in enumerate(messages) if n not in named)
        return [refused(messages[n], text) for n, text in named.items()], [rest] if rest else []
    if len(messages) > 1:
        return [], _halves(messages)
    if str(body.get("title", "")).casefold() in {"bad request", "json parse error"} or answer.status == 413:
        raise Config("Mailchimp does not understand what is written to the contact. Check the field map.")
    return [refused(messages[0], f"{body.get('title', '')} {body.get('detail', '')}")], []


def _other_status(messages: tuple[Message, ...], result: Any) -> Iterator[Outcome]:
    if isinstance(result, Answer) and result.status == 404:
        raise Stop("The audience is not there any more. Choose another one in the connection.")
    yield from other(result, messages, safe=True)
