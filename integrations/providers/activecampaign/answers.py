"""What ActiveCampaign's answer to an import means for its messages.

https://developers.activecampaign.com/reference/bulk-import-contacts

An import with one wrong contact is refused as a whole, and `failureReasons` says which one it was. Whether it counts from 0 or from 1 is
written nowhere, so both that it may mean are sent alone: alone, the answer is about them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from integrations import fates
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop, Wait
from integrations.http import Answer, Failure, scrub

STOPS = {
    401: "ActiveCampaign does not accept the API key.",
    402: "The account at ActiveCampaign has not been paid for, or its plan does not let contacts be imported.",
    403: "ActiveCampaign does not accept the API key, or does not let its user do that.",
    404: "There is no ActiveCampaign API at this address.",
    405: "There is no ActiveCampaign API at this address.",
}
LONE_REFUSALS = 3
"""So many messages refused alone, for another reason than their address, are a mistake of ours, not of the recipients."""
A_MINUTE = 60.0


def send_import(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome]:
    """One import, repeated without those it refused. It may always be repeated: contacts overwrite themselves."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = dataclasses.replace(batch, messages=waiting.pop())
        result = post(part)
        refused = isinstance(result, Answer) and result.status in {400, 413, 422} and not _too_many(result)
        if isinstance(result, Answer) and refused and len(part.messages) > 1:
            waiting += _apart(part.messages, _named(result))
            continue
        if isinstance(result, Answer) and refused and result.status != 413:
            outcome = _no(part.messages[0], result, settings)
            lone += not outcome.for_good
            if lone >= LONE_REFUSALS:
                raise Config(f"ActiveCampaign refuses every contact: {outcome.reason}")
            yield outcome
            continue
        if isinstance(result, Answer) and (result.status == 429 or _too_many(result)):  # what is left would be told the same
            part, waiting = dataclasses.replace(part, messages=sum(waiting, part.messages)), []
        yield from of_answer(result, part.messages)


def of_answer(result: Answer | Failure, messages: tuple[Message, ...]) -> Iterator[Outcome]:
    """Outcomes of an answer that is about no single message. Raises Stop or Config."""
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages, safe=True)
    elif 200 <= result.status < 300:
        job = _job(result, len(messages))
        if job is None:
            yield from fates.somebody_elses("ActiveCampaign", result, messages, safe=True)
        else:
            wait = wait_if_used_up(result)
            yield from (Outcome(message.id, Fate.PENDING, provider_id=job, wait=wait) for message in messages)
    elif result.status in STOPS:
        raise Stop(STOPS[result.status])
    elif result.status == 400 and _too_many(result):
        wait = result.wait(messages[0].attempt_at, "ActiveCampaign takes no more imports in this minute.", A_MINUTE)
        yield from (Outcome(message.id, Fate.LATER, wait.why, wait=wait) for message in messages)
    else:
        yield from fates.by_status("ActiveCampaign", result, messages, safe=True)


def wait_if_used_up(answer: Answer) -> Wait | None:
    """How long to wait if this call used up the rate limit of the account, which counts seconds."""
    return (
        Wait(1.0, "The limit of calls at ActiveCampaign is used up for now.") if answer.headers.get("ratelimit-remaining") == "0" else None
    )


def _job(answer: Answer, count: int) -> str | None:
    """The import with the number of its contacts, where the answer says that all of them are queued."""
    said = _dict(answer.json())
    job, queued = said.get("batchId"), said.get("queued_contacts")
    is_whole = isinstance(job, str) and bool(job) and said.get("Success") == 1 and queued == count
    return f"{job}/{count}" if is_whole else None


def _named(answer: Answer) -> set[int]:
    """The numbers of the contacts it speaks of."""
    reasons = _dict(answer.json()).get("failureReasons")
    listed = [one for one in reasons if isinstance(one, dict)] if isinstance(reasons, list) else []
    return {one["contact"] for one in listed if isinstance(one.get("contact"), int)}


def _apart(messages: tuple[Message, ...], named: set[int]) -> list[tuple[Message, ...]]:
    """Whom it may mean alone, and all others together; in two halves where it names nobody."""
    alone = {at for number in named for at in (number, number - 1) if 0 <= at < len(messages)}
    rest = tuple(message for at, message in enumerate(messages) if at not in alone)
    if alone and (rest or len(messages) > 1):
        return [*([rest] if rest else []), *((messages[at],) for at in sorted(alone, reverse=True))]
    middle = len(messages) // 2
    return [messages[middle:], messages[:middle]]


def _no(message: Message, answer: Answer, settings: Settings) -> Outcome:
    """A refusal of one who was alone, in its words."""
    said = _dict(answer.json())
    reasons = said.get("failureReasons") or said.get("errors")
    first = reasons[0] if isinstance(reasons, list) and reasons else said.get("message")
    words = first.get("failureReason") or first.get("title") if isinstance(first, dict) else first
    text = scrub(str(words or "no reason given"), [settings["api_key"]])
    return Outcome(message.id, Fate.REFUSED, f"ActiveCampaign refuses the contact: {text}", for_good="email" in text.casefold())


def _too_many(answer: Answer) -> bool:
    """Whether a 400 is about the number of imports in a minute."""
    return "rate limit" in str(_dict(answer.json()).get("message") or "").casefold()


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
