"""What do failures and statuses mean that all providers have in common? Each adapter asks here after its own tables.

RFC 9110: a 3xx and a 4xx took nothing; of a 5xx, and of a request that was cut off, nobody knows, except where a repetition is recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from integrations.contract import Config, Fate, Message, Outcome, PeerTrouble, Stop
from integrations.http import Answer, Failure, Reach


def without_answer(failure: Failure, messages: Iterable[Message], *, safe: bool = False) -> Iterator[Outcome]:
    """Outcomes where no answer came. `safe`: the provider recognises a repetition. Raises Stop."""
    if failure.forbidden:
        raise Stop(failure.reason)
    fate = Fate.LATER if safe or failure.reach is Reach.NOT_CONNECTED else Fate.UNSURE
    yield from (Outcome(message.id, fate, failure.reason, trouble=failure.trouble) for message in messages)


def by_status(
    name: str, answer: Answer, messages: tuple[Message, ...], *, safe: bool = False, pause: float | None = None
) -> Iterator[Outcome]:
    """Outcomes of a status that is about no single message. `pause`: seconds the provider asks for in a way of its own.

    Raises Config or Stop.
    """
    status, after = answer.status, answer.retry_after(messages[0].attempt_at)
    if 300 <= status < 400:
        raise Config(f"{name} answered {status}: what is asked for has moved elsewhere. Correct the address in the connection.")
    if status == 429:
        wait = answer.wait(messages[0].attempt_at, f"{name} asks for a pause.", pause)
        yield from (Outcome(message.id, Fate.LATER, wait.why, wait=wait) for message in messages)
    elif status in {408, 503}:
        reason = f"{name} is not available." if status == 503 else f"{name} did not receive the whole request."
        yield from (Outcome(message.id, Fate.LATER, reason, retry_after=after, trouble=answer.trouble) for message in messages)
    elif status == 413:
        raise Config(f"The message is too big for {name}.")
    elif 400 <= status < 500:
        raise Stop(f"That is not the API of {name}: it answered {status}.")
    else:
        fate = Fate.LATER if safe else Fate.UNSURE
        reason = f"{name} answered {status}."
        yield from (Outcome(message.id, fate, reason, retry_after=after, trouble=answer.trouble) for message in messages)


def somebody_elses(name: str, answer: Answer, messages: Iterable[Message], *, safe: bool = False) -> Iterator[Outcome]:
    """Outcomes of a 2xx whose body is not the provider's: a page of a proxy, or half an answer. Nobody knows what was taken."""
    half = " completely" if answer.cut else " as it should"
    fate = Fate.LATER if safe else Fate.UNSURE
    reason = f"{name} answered {answer.status}, but not{half}."
    yield from (Outcome(message.id, fate, reason, trouble=PeerTrouble.FAILED) for message in messages)


def of_telling(name: str, result: Answer | Failure) -> Outcome:
    """What became of telling a platform that somebody wants nothing more: ACCEPTED, REFUSED for good, or LATER.

    Repeating does no harm, so doubt means: again, later. Nothing of what the peer said is repeated.
    """
    if isinstance(result, Failure):
        return Outcome("", Fate.LATER, result.reason)
    if result.status in {200, 201, 202, 204}:
        if result.cut or (result.body.strip() and result.json() is None):
            return Outcome("", Fate.LATER, f"{name} answered {result.status}, but not as it should.")
        return Outcome("", Fate.ACCEPTED)
    reason = f"{name} answered {result.status}."
    if result.status in {400, 409, 413, 422}:
        return Outcome("", Fate.REFUSED, reason)
    return Outcome(
        "", Fate.LATER, reason, retry_after=result.seconds("retry-after")
    )  # a key or an address can be corrected, an outage ends
