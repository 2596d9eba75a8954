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

from integrations import fates
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, scrub

STOPS = {
    401: "Braze does not accept the API key. Is the instance the right one? A good key at the wrong instance is refused, too.",
    403: "Braze does not let this key do that: give it the permission, allow the address of this server, or ask about your plan.",
    404: "There is no Braze API at this address.",
    415: "Braze does not take JSON at this address.",
}
TOO_MANY = ("max input length exceeded", "the max number of external_ids")
CONFIGS = ("campaign", "canvas", "no recipients", "no message to send", "mismatched message type", "event name")
"""Words of a 400 or 404 that are about what is sent, not to whom."""
STILL_QUEUED = "external reference is queued"
LONE_REFUSALS = 3
"""So many messages refused alone, or all of a call in the same words, are a mistake of ours, not of the recipients."""


@dataclass
class ParsedAnswer:
    """The JSON of an answer: what was processed, errors by index of the message (`named`), and errors that name no message (`prose`)."""

    message: str
    named: dict[int, str]
    prose: str
    processed: int | None
    dispatch: str
    is_its_own: bool
    """Whether it says in Braze's way what became of the call: `{}` is somebody else's."""
    notice: str = ""
    """What Braze adds to a success: it took the call and will send nothing of it, as of a paused Canvas."""

    @classmethod
    def parse(cls, answer: Answer, array: str, settings: Settings) -> ParsedAnswer:
        """Parse the answer; one that is not JSON has no errors."""
        found = answer.json()
        body: dict[str, Any] = found if isinstance(found, dict) else {}
        named: dict[int, str] = {}
        prose = []
        for error in [*_as_list(body.get("errors")), *_as_list(body.get("minor_errors"))]:
            detail = error.get("type") or error.get("message") if isinstance(error, dict) else error
            text = scrub(str(detail or "no reason given"), [settings["api_key"]])
            if isinstance(error, dict) and isinstance(error.get("index"), int) and error.get("input_array", array) == array:
                named[error["index"]] = text
            else:
                prose.append(text)
        processed = body.get(f"{array}_processed")
        message = scrub(str(body.get("message") or ""), [settings["api_key"]])
        return cls(message, named, "; ".join(prose), processed if isinstance(processed, int) else None, str(body.get("dispatch_id") or ""),
                   any(isinstance(body.get(name), str) and body[name] for name in ("message", "dispatch_id")),
                   scrub(str(body.get("notice") or ""), [settings["api_key"]]))  # fmt: skip

    @property
    def summary(self) -> str:
        """The errors in one sentence, for people."""
        fine = self.message.casefold() in {"success", "queued", "bad request"}
        return self.prose or next(iter(self.named.values()), "") or ("" if fine else self.message) or "no reason given"


def _as_list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []


def send_call(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings, array: str, *, safe: bool) -> Iterator[Outcome]:
    """One call, repeated without those it refused, or in halves. `safe`: a repetition does not send twice."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = dataclasses.replace(batch, messages=waiting.pop())
        result = post(part)
        if isinstance(result, Failure):
            yield from fates.without_answer(result, part.messages, safe=safe)
            continue
        parsed = ParsedAnswer.parse(result, array, settings)
        if 200 <= result.status < 300 and not parsed.is_its_own:
            yield from fates.somebody_elses("Braze", result, part.messages, safe=safe)
            continue
        if 200 <= result.status < 300 and (not parsed.message or parsed.message.casefold() in {"success", "queued"}):
            if parsed.notice:
                raise Config(f"Braze took the call and sends nothing: {parsed.notice}")
            refused, again = _left_out(part, parsed, safe=safe)
            taken = {m.id for m in part.messages} - {o.message_id for o in refused} - {m.id for group in again for m in group}
            yield from (_accepted(m, result, parsed) for m in part.messages if m.id in taken)
        elif result.status in {400, 413} or 200 <= result.status < 300:
            refused, again = _refused(part, parsed, result.status)
        else:
            if result.status == 429:  # what is left would be told the same
                part, waiting = dataclasses.replace(part, messages=sum(waiting, part.messages)), []
            yield from _other_status(result, part, parsed, safe=safe)
            continue
        lone += sum(o.fate is Fate.REFUSED for o in refused) if len(part.messages) == 1 else 0
        if lone >= LONE_REFUSALS or _all_alike(part, refused):
            raise Config(f"Braze refuses every message: {refused[0].reason}")
        yield from refused
        waiting += again


def _all_alike(part: Batch, refused: list[Outcome]) -> bool:
    everybody = len(refused) == len(part.messages) >= LONE_REFUSALS and all(o.fate is Fate.REFUSED for o in refused)
    return everybody and len({o.reason for o in refused}) == 1


def _accepted(message: Message, answer: Answer, parsed: ParsedAnswer) -> Outcome:
    id = f"{parsed.dispatch}/{message.address}" if parsed.dispatch else None
    used_up = "The limit of calls at Braze is used up for now."
    wait = answer.wait(message.attempt_at, used_up, _reset(answer, message)) if _limit_used_up(answer) else None
    return Outcome(message.id, Fate.ACCEPTED, provider_id=id, wait=wait)


def _left_out(part: Batch, parsed: ParsedAnswer, *, safe: bool) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Of a call that was taken: outcomes of the messages Braze left out, and messages to send again because it did not name those."""
    messages = part.messages
    refused = [Outcome(messages[n].id, Fate.REFUSED, text) for n, text in parsed.named.items() if 0 <= n < len(messages)]
    rest = tuple(m for n, m in enumerate(messages) if n not in parsed.named)
    is_short = parsed.processed is not None and parsed.processed < len(rest)
    if not (parsed.prose or is_short) or not rest or parsed.processed == len(rest):
        return refused, []
    why = parsed.prose or "Braze processed fewer than it was given."
    if len(rest) == 1 or parsed.processed == 0:
        return [*refused, *(Outcome(m.id, Fate.REFUSED, why) for m in rest)], []
    if safe:
        return refused, _halves(rest)
    reason = f"Braze left some of this call out and did not say whom: {why}"
    return [*refused, *(Outcome(m.id, Fate.UNSURE, reason) for m in rest)], []


def _refused(part: Batch, parsed: ParsedAnswer, status: int) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Nothing was taken: those it names are refused and the rest is asked again, else two halves."""
    messages = part.messages
    too_many = status == 413 or parsed.summary.casefold().startswith(TOO_MANY) or parsed.message.casefold().startswith(TOO_MANY)
    if not too_many and any(word in f"{parsed.message} {parsed.summary}".casefold() for word in CONFIGS):
        raise Config(f"Braze refuses what is sent: {parsed.summary}")
    named = {n: text for n, text in parsed.named.items() if 0 <= n < len(messages)}
    if named:
        rest = tuple(m for n, m in enumerate(messages) if n not in named)
        return [Outcome(messages[n].id, Fate.REFUSED, text) for n, text in named.items()], [rest] if rest else []
    if len(messages) > 1:
        return [], _halves(messages)
    if status == 413:
        raise Config("The values are too long for Braze.")
    return [Outcome(messages[0].id, Fate.REFUSED, f"Braze refuses it: {parsed.summary}")], []


def _halves(messages: tuple[Message, ...]) -> list[tuple[Message, ...]]:
    middle = len(messages) // 2
    return [messages[middle:], messages[:middle]]


def _other_status(answer: Answer, part: Batch, parsed: ParsedAnswer, *, safe: bool) -> Iterator[Outcome]:
    first = part.messages[0]
    if answer.status == 404 and any(word in f"{parsed.message} {parsed.summary}".casefold() for word in CONFIGS):
        raise Config(f"Braze refuses what is sent: {parsed.summary}")
    if answer.status in STOPS:
        raise Stop(STOPS[answer.status])
    if safe and STILL_QUEUED in parsed.summary.casefold():
        yield from (Outcome(m.id, Fate.LATER, "Braze is still working on it.") for m in part.messages)
        return
    yield from fates.by_status("Braze", answer, part.messages, safe=safe, pause=_reset(answer, first))


def _limit_used_up(answer: Answer) -> bool:
    return answer.headers.get("x-ratelimit-remaining", "") == "0"


def _reset(answer: Answer, message: Message) -> float | None:
    """Seconds until the window ends: Braze says when, since 1970."""
    reset = answer.seconds("x-ratelimit-reset")
    return min(max(1.0, reset - message.attempt_at), 3600.0) if reset else None
