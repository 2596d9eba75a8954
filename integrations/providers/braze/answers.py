"""What Braze's answer to a call means for its messages.

https://www.braze.com/docs/api/errors

Braze says `success` and lists what it left out in `errors`: as objects with the index in the array, or as prose that names nobody. Prose
is traced by halves where a repetition overwrites itself, and leaves everybody unsure where it would send twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, Reach, scrub

STOPS = {
    401: "Braze does not accept the API key. Is the instance the right one? A good key at the wrong instance is refused, too.",
    403: "Braze does not let this key do that: give it the permission, allow the address of this server, or ask about your plan.",
    404: "There is no Braze API at this address.",
    415: "Braze does not take JSON at this address.",
}
TOO_MANY = ("max input length exceeded", "the max number of external_ids")
CONFIGS = ("campaign", "canvas", "no recipients", "no message to send", "mismatched message type", "event name")
"""Words of a 400 or 404 that are about what is sent, not to whom."""
AGAIN = "external reference is queued"
LONE_REFUSALS = 3
"""So many messages refused alone, or all of a call in the same words, are a mistake of ours, not of the recipients."""


@dataclass
class Said:
    """The JSON of an answer: what it processed, whom it left out and why, and words that name nobody."""

    message: str
    named: dict[int, str]
    prose: str
    processed: int | None
    dispatch: str

    @classmethod
    def of(cls, answer: Answer, array: str, settings: Settings) -> Said:
        """Read it; what is no JSON says nothing."""
        found = answer.json()
        body: dict[str, Any] = found if isinstance(found, dict) else {}
        named: dict[int, str] = {}
        prose = []
        for error in [*_list(body.get("errors")), *_list(body.get("minor_errors"))]:
            words = error.get("type") or error.get("message") if isinstance(error, dict) else error
            text = scrub(str(words or "no reason given"), [settings["api_key"]])
            if isinstance(error, dict) and isinstance(error.get("index"), int) and error.get("input_array", array) == array:
                named[error["index"]] = text
            else:
                prose.append(text)
        processed = body.get(f"{array}_processed")
        message = scrub(str(body.get("message") or ""), [settings["api_key"]])
        return cls(message, named, "; ".join(prose), processed if isinstance(processed, int) else None, str(body.get("dispatch_id") or ""))

    @property
    def words(self) -> str:
        """Everything it says, for people."""
        fine = self.message.casefold() in {"success", "queued", "bad request"}
        return self.prose or next(iter(self.named.values()), "") or ("" if fine else self.message) or "no reason given"


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def delivered(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings, array: str, *, safe: bool) -> Iterator[Outcome]:
    """One call, repeated without those it refused, or in halves. `safe`: a repetition does not send twice."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = dataclasses.replace(batch, messages=waiting.pop())
        happened = post(part)
        if isinstance(happened, Failure):
            yield from _unanswered(happened, part, safe=safe)
            continue
        said = Said.of(happened, array, settings)
        if 200 <= happened.status < 300 and (not said.message or said.message.casefold() in {"success", "queued"}):
            refused, again = _left_out(part, said, safe=safe)
            taken = {m.id for m in part.messages} - {o.message_id for o in refused} - {m.id for group in again for m in group}
            yield from (_accepted(m, happened, said) for m in part.messages if m.id in taken)
        elif happened.status in {400, 413} or 200 <= happened.status < 300:
            refused, again = _refused(part, said, happened.status)
        else:
            if happened.status == 429:  # what is left would be told the same
                part, waiting = dataclasses.replace(part, messages=sum(waiting, part.messages)), []
            yield from _otherwise(happened, part, said, safe=safe)
            continue
        lone += sum(o.fate is Fate.REFUSED for o in refused) if len(part.messages) == 1 else 0
        if lone >= LONE_REFUSALS or _all_alike(part, refused):
            raise Config(f"Braze refuses every message: {refused[0].reason}")
        yield from refused
        waiting += again


def _all_alike(part: Batch, refused: list[Outcome]) -> bool:
    everybody = len(refused) == len(part.messages) >= LONE_REFUSALS and all(o.fate is Fate.REFUSED for o in refused)
    return everybody and len({o.reason for o in refused}) == 1


def _accepted(message: Message, answer: Answer, said: Said) -> Outcome:
    id = f"{said.dispatch}/{message.address}" if said.dispatch else None
    return Outcome(message.id, Fate.ACCEPTED, provider_id=id, retry_after=_wait(answer, message) if _spent(answer) else None)


def _left_out(part: Batch, said: Said, *, safe: bool) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Of a call that was taken: whom Braze left out, and whom to ask again because it did not say whom it left out."""
    messages = part.messages
    refused = [Outcome(messages[n].id, Fate.REFUSED, text) for n, text in said.named.items() if 0 <= n < len(messages)]
    rest = tuple(m for n, m in enumerate(messages) if n not in said.named)
    if not said.prose or not rest or said.processed == len(rest):
        return refused, []
    if len(rest) == 1 or said.processed == 0:
        return [*refused, *(Outcome(m.id, Fate.REFUSED, said.prose) for m in rest)], []
    if safe:
        return refused, _halves(rest)
    reason = f"Braze left some of this call out and did not say whom: {said.prose}"
    return [*refused, *(Outcome(m.id, Fate.UNSURE, reason) for m in rest)], []


def _refused(part: Batch, said: Said, status: int) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Nothing was taken: those it names are refused and the rest is asked again, else two halves."""
    messages = part.messages
    too_many = status == 413 or said.words.casefold().startswith(TOO_MANY) or said.message.casefold().startswith(TOO_MANY)
    if not too_many and any(word in f"{said.message} {said.words}".casefold() for word in CONFIGS):
        raise Config(f"Braze refuses what is sent: {said.words}")
    named = {n: text for n, text in said.named.items() if 0 <= n < len(messages)}
    if named:
        rest = tuple(m for n, m in enumerate(messages) if n not in named)
        return [Outcome(messages[n].id, Fate.REFUSED, text) for n, text in named.items()], [rest] if rest else []
    if len(messages) > 1:
        return [], _halves(messages)
    if status == 413:
        raise Config("The values are too long for Braze.")
    return [Outcome(messages[0].id, Fate.REFUSED, f"Braze refuses it: {said.words}")], []


def _halves(messages: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    middle = len(messages) // 2
    return [messages[middle:], messages[:middle]]


def _unanswered(failure: Failure, part: Batch, *, safe: bool) -> Iterator[Outcome]:
    if failure.forbidden:
        raise Stop(failure.reason)
    fate = Fate.LATER if safe or failure.reach is Reach.NOT_CONNECTED else Fate.UNSURE
    yield from (Outcome(message.id, fate, failure.reason) for message in part.messages)


def _otherwise(answer: Answer, part: Batch, said: Said, *, safe: bool) -> Iterator[Outcome]:
    first = part.messages[0]
    if answer.status == 404 and any(word in f"{said.message} {said.words}".casefold() for word in CONFIGS):
        raise Config(f"Braze refuses what is sent: {said.words}")
    if answer.status in STOPS:
        raise Stop(STOPS[answer.status])
    if answer.status == 429:
        yield from (Outcome(m.id, Fate.LATER, "Braze asks for a pause.", retry_after=_wait(answer, first)) for m in part.messages)
        return
    queued = safe and AGAIN in said.words.casefold()
    fate = Fate.LATER if queued or (safe and answer.status >= 500) else Fate.UNSURE
    yield from (Outcome(m.id, fate, f"Braze answered {answer.status}.") for m in part.messages)


def _spent(answer: Answer) -> bool:
    return answer.headers.get("x-ratelimit-remaining", "") == "0"


def _wait(answer: Answer, message: Message) -> float | None:
    """Until the window ends: Braze says when, in seconds since 1970."""
    reset = answer.seconds("x-ratelimit-reset")
    return answer.retry_after(message.attempt_at) or (min(max(1.0, reset - message.attempt_at), 3600.0) if reset else None)
