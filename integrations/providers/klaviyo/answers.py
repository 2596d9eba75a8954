"""What Klaviyo's answer to a call means for its messages.

https://developers.klaviyo.com/en/docs/rate_limits_and_error_handling

Both ways may be repeated: profiles overwrite themselves, and an event is known by its `unique_id`, so a conflict says that it is there.
Errors point into the call (`/data/attributes/profiles/data/3/attributes/email`), and then nothing of it was taken.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

from integrations import fates
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop, Wait
from integrations.http import Answer, Failure, scrub

STOPS = {
    401: "Klaviyo does not accept the API key.",
    403: "The Klaviyo API key lacks a scope: events need events:write; profiles need write and read for profiles and lists.",
    404: "There is no Klaviyo API at this address.",
    405: "There is no Klaviyo API at this address.",
    410: "Klaviyo has retired this revision of its API: enter a newer one in the connection.",
    415: "Klaviyo does not take JSON:API at this address.",
}
REFUSALS = frozenset({400, 404, 409, 413, 422})
ITEM_POINTER = re.compile(r"/data/attributes/(?:events-bulk-create|profiles)/data/(\d+)(?:/|$)")
ADDRESS_POINTER = re.compile(r"/(email|phone_number)$")
"""About whoever is written to: asking again changes nothing."""
METRIC_POINTER = re.compile(r"/metric/|/metric$")
LONE_REFUSALS = 3
"""So many messages refused alone, or all of a call in the same words, are a mistake of ours, not of the recipients."""


@dataclasses.dataclass(frozen=True)
class Error:
    """One of `errors`: the item it points at, and its words."""

    pointer: str
    index: int | None
    text: str


def errors(answer: Answer, settings: Settings) -> list[Error]:
    """What a JSON:API document says is wrong; empty where it is none."""
    document = answer.json()
    listed = document.get("errors") if isinstance(document, dict) else None
    return [_error(error, settings) for error in listed if isinstance(error, dict) and error] if isinstance(listed, list) else []


def _error(error: dict[str, Any], settings: Settings) -> Error:
    source = error.get("source")
    pointer = str(source.get("pointer") or "") if isinstance(source, dict) else ""
    found = ITEM_POINTER.match(pointer)
    text = scrub(str(error.get("detail") or error.get("title") or "no reason given"), [settings["api_key"]])
    return Error(pointer, int(found[1]) if found else None, text)


def send_call(
    batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings, taken: Callable[[Answer, Message], Outcome]
) -> Iterator[Outcome]:
    """One call, repeated without those it refused, or in smaller ones. `taken` says what a success is."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = dataclasses.replace(batch, messages=waiting.pop())
        result = post(part)
        if isinstance(result, Failure):
            yield from fates.without_answer(result, part.messages, safe=True)
        elif 200 <= result.status < 300:
            yield from (taken(result, message) for message in part.messages)
        elif result.status in REFUSALS and (result.status not in {404, 409} or errors(result, settings)):
            refused, again = _refused(part, result, settings)
            lone += sum(o.fate is Fate.REFUSED for o in refused) if len(part.messages) == 1 else 0
            alike = len(refused) == len(part.messages) and len({(o.fate, o.reason) for o in refused}) == 1
            if refused and refused[0].fate is Fate.REFUSED and (lone >= LONE_REFUSALS or (alike and len(refused) >= LONE_REFUSALS)):
                raise Config(f"Klaviyo refuses every message: {refused[0].reason}")
            yield from refused
            waiting += again
        else:
            if result.status == 429:  # what is left would be told the same
                part, waiting = dataclasses.replace(part, messages=sum(waiting, part.messages)), []
            yield from other_status(result, part.messages)


def other_status(answer: Answer, messages: tuple[Message, ...]) -> Iterator[Outcome]:
    """A status that is about no single message: the connection stops, or the messages come later."""
    if answer.status in STOPS:
        raise Stop(STOPS[answer.status])
    yield from fates.by_status("Klaviyo", answer, messages, safe=True)


def wait_if_used_up(answer: Answer) -> Wait | None:
    """How long to wait if this call used up the rate limit, or None."""
    reset = answer.seconds("ratelimit-reset") if answer.headers.get("ratelimit-remaining") == "0" else None
    return Wait(reset, "The limit of calls at Klaviyo is used up for now.") if reset else None


def _refused(part: Batch, answer: Answer, settings: Settings) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Nothing was taken: those it points at are refused (or there already) and the rest is asked again, else in smaller calls."""
    messages, found = part.messages, errors(answer, settings)
    is_known = answer.status == 409
    fate = Fate.ACCEPTED if is_known else Fate.REFUSED
    for error in found:
        if METRIC_POINTER.search(error.pointer) and not is_known:
            raise Config(f"Klaviyo refuses the event: {error.text}")
    named = {e.index: e for e in found if e.index is not None and e.index < len(messages)}
    if named:
        rest = tuple(message for at, message in enumerate(messages) if at not in named)
        return [_outcome(messages[at], fate, error) for at, error in named.items()], [rest] if rest else []
    if len(messages) > 1 and is_known:
        return [], [(message,) for message in messages]  # what was cut off was taken as a whole: halves would cost twice as much
    if len(messages) > 1:
        middle = len(messages) // 2
        return [], [messages[middle:], messages[:middle]]
    if answer.status == 413:
        raise Config("The values are too long for Klaviyo.")
    return [_outcome(messages[0], fate, found[0] if found else Error("", None, "Klaviyo refuses it."))], []


def _outcome(message: Message, fate: Fate, error: Error) -> Outcome:
    if fate is Fate.ACCEPTED:
        return Outcome(message.id, fate)
    return Outcome(message.id, fate, error.text, for_good=bool(ADDRESS_POINTER.search(error.pointer)))
