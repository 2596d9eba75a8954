"""What Batch's answer to a call means for its messages.

https://doc.batch.com/developer/api/cep/profiles/update

A 202 says `SUCCESS`, or `SUCCESS_WITH_PARTIAL_ERRORS` and in `errors` which operation lost what (`bulk_index`, from 0). An attribute that
Batch does not take is left out alone and the profile is kept: whoever lost a value of ours did not get the message.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from integrations import fates
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, scrub
from integrations.providers.batch.payload import OURS

STOPS = {
    401: "Batch does not accept the REST API key.",
    403: "Batch does not let this key write to the project.",
    404: "Batch knows no such project, or no such version of its API.",
    405: "There is no Batch API at this address.",
}
LONE_REFUSALS = 3
"""So many messages refused alone, or all of a call in the same words, are a mistake of ours, not of the recipients."""


def send_call(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings, *, safe: bool) -> Iterator[Outcome]:
    """One call, repeated in smaller ones where it was refused as a whole: a 4xx took nothing."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = dataclasses.replace(batch, messages=waiting.pop())
        result = post(part)
        refused = isinstance(result, Answer) and result.status in {400, 413, 422}
        if refused and len(part.messages) > 1:
            middle = len(part.messages) // 2
            waiting += [part.messages[middle:], part.messages[:middle]]
            continue
        if isinstance(result, Answer) and refused and result.status != 413:
            said = [Outcome(part.messages[0].id, Fate.REFUSED, f"Batch refuses it: {_words(result, settings)}")]
            lone += 1
        else:
            if isinstance(result, Answer) and result.status == 429:  # what is left would be told the same
                part, waiting = dataclasses.replace(part, messages=sum(waiting, part.messages)), []
            said = list(_of_answer(result, part.messages, settings, safe=safe))
        _stop_if_all_are_refused(said, lone)
        yield from said


def _of_answer(result: Answer | Failure, messages: tuple[Message, ...], settings: Settings, *, safe: bool) -> Iterator[Outcome]:
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages, safe=safe)
    elif 200 <= result.status < 300:
        yield from _of_success(result, messages, settings, safe=safe)
    elif result.status in STOPS:
        raise Stop(STOPS[result.status])
    else:
        yield from fates.by_status("Batch", result, messages, safe=safe)


def _of_success(answer: Answer, messages: tuple[Message, ...], settings: Settings, *, safe: bool) -> Iterator[Outcome]:
    """Everybody is taken but those that an error names; one that names nobody leaves everybody in doubt."""
    said = answer.json()
    code = said.get("code") if isinstance(said, dict) else None
    errors = said.get("errors") if isinstance(said, dict) and code == "SUCCESS_WITH_PARTIAL_ERRORS" else []
    if code not in {"SUCCESS", "SUCCESS_WITH_PARTIAL_ERRORS"} or not isinstance(errors, list):
        yield from fates.somebody_elses("Batch", answer, messages, safe=safe)
        return
    lost = [_lost(error, messages, settings) for error in errors if not _is_ours(error)]
    if (code != "SUCCESS" and not errors) or None in lost:
        why = "Batch lost some of this call, and did not say whose."
        yield from (Outcome(message.id, Fate.LATER if safe else Fate.UNSURE, why) for message in messages)
        return
    reasons = dict(one for one in lost if one is not None)
    for at, message in enumerate(messages):
        yield Outcome(message.id, Fate.REFUSED, reasons[at]) if at in reasons else Outcome(message.id, Fate.ACCEPTED)


def _is_ours(error: Any) -> bool:
    """Whether it is about an attribute of an event that we add for reports."""
    return isinstance(error, dict) and str(error.get("attribute")).startswith(OURS)


def _lost(error: Any, messages: tuple[Message, ...], settings: Settings) -> tuple[int, str] | None:
    """Whose operation lost something, and in which words; None where the error names nobody of this call."""
    at = error.get("bulk_index") if isinstance(error, dict) else None
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < len(messages):
        return None
    secrets = [settings["api_key"]]
    what = scrub(str(error.get("attribute") or error.get("category") or "a value"), secrets, 60)
    return at, f"Batch did not take {what}: {scrub(str(error.get('reason') or 'no reason given'), secrets)}"


def _words(answer: Answer, settings: Settings) -> str:
    said = answer.json()
    text = said.get("error_message") or said.get("error_code") if isinstance(said, dict) else ""
    return scrub(str(text or "no reason given"), [settings["api_key"]])


def _stop_if_all_are_refused(said: list[Outcome], lone: int) -> None:
    alike = len({(o.fate, o.reason) for o in said}) == 1
    if said and said[0].fate is Fate.REFUSED and (lone >= LONE_REFUSALS or (alike and len(said) >= LONE_REFUSALS)):
        raise Config(f"Batch refuses every message: {said[0].reason}")
