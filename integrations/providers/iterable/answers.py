"""What Iterable's answer to a call means for its messages.

https://api.iterable.com/api/docs

A bulk call answers 200 with counts, and names by address or id whom it could not write. Fields that the project does not have are dropped
and named in `filteredOutFields`: the people are there and the code is not, so that is no success. Single calls answer with a `code`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from integrations import fates
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, scrub

STOPS = {
    401: "Iterable does not accept the API key. Is the data centre the right one? A good key at the other one is refused, too.",
    403: "Iterable does not let this API key do that: it must be a server-side key.",
    404: "There is no Iterable API at this address.",
    405: "There is no Iterable API at this address.",
}
STOP_CODES = frozenset(
    {"BadApiKey", "BadAuthorizationHeader", "Unauthorized", "Forbidden", "InvalidJwtPayload", "JwtUserIdentifiersMismatched"}
)
CONFIGS = {
    "UniqueFieldsLimitExceeded": "The project in Iterable has as many fields as it may have: use fields that are there already.",
    "RequestFieldsTypesMismatched": "A field in Iterable has another type than text: choose another field.",
    "BadJsonBody": "Iterable cannot read what is sent.",
    "ForbiddenParamsError": "Iterable does not let these fields be written: choose others.",
    "NotFound": "Iterable knows no such campaign or journey: choose another.",
}
REFUSALS = {
    "InvalidEmailAddressError": "Iterable does not take this e-mail address.",
    "InvalidUserIdError": "Iterable does not take this user id.",
    "UnknownEmailError": "Iterable knows nobody with this e-mail address.",
    "UnknownUserIdError": "Iterable knows nobody with this user id.",
    "ForgottenUserError": "Iterable was told to forget this person, and takes nothing about them.",
    "ExternalKeyConflict": "Iterable has this person under another address or id.",
    "EmailAlreadyExists": "Iterable has this person under another address or id.",
    "UserIdAlreadyExists": "Iterable has this person under another address or id.",
}
FOR_GOOD = frozenset({"InvalidEmailAddressError", "InvalidUserIdError", "ForgottenUserError"})
LATER = frozenset({"QueueEmailError", "DatabaseError", "GenericError"})
LISTS = {
    "invalid": "InvalidEmailAddressError",
    "notFound": "UnknownEmailError",
    "forgotten": "ForgottenUserError",
    "conflict": "ExternalKeyConflict",
    "invalidData": "invalidData",
}
"""What the names in `failedUpdates` begin with (`…Emails`, `…UserIds`) -> the code that says the same."""
INVALID_DATA = "A value does not fit its field in Iterable."
LONE_REFUSALS = 3
"""So many messages refused alone, or all of a call in the same words, are a mistake of ours, not of the recipients."""


def send_bulk(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome]:
    """One bulk call, repeated in smaller ones where it was too large or something in it was wrong. It may always be repeated."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = dataclasses.replace(batch, messages=waiting.pop())
        result = post(part)
        if isinstance(result, Answer) and _cannot_say_whom(result) and len(part.messages) > 1:
            middle = len(part.messages) // 2
            waiting += [part.messages[middle:], part.messages[:middle]]
            continue
        if isinstance(result, Answer) and result.status == 429:  # what is left would be told the same
            part, waiting = dataclasses.replace(part, messages=sum(waiting, part.messages)), []
        said = list(_of_bulk(result, part.messages, settings))
        lone += sum(o.fate is Fate.REFUSED for o in said) if len(part.messages) == 1 else 0
        _stop_if_all_are_refused(said, lone)
        yield from said


def send_singles(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome]:
    """One call for each message; none may be repeated that may have been taken."""
    waiting, lone = list(batch.messages), 0
    while waiting:
        part = dataclasses.replace(batch, messages=(waiting.pop(0),))
        result = post(part)
        if isinstance(result, Answer) and result.status == 429:
            part, waiting = dataclasses.replace(part, messages=(*part.messages, *waiting)), []
        said = list(_of_single(result, part.messages, settings))
        lone += sum(o.fate is Fate.REFUSED for o in said)
        _stop_if_all_are_refused(said, lone if said[0].fate is Fate.REFUSED and not said[0].for_good else 0)
        yield from said


def _of_bulk(result: Answer | Failure, messages: tuple[Message, ...], settings: Settings) -> Iterator[Outcome]:
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages, safe=True)
    elif 200 <= result.status < 300:
        yield from _of_counts(result, messages)
    else:
        yield from _of_code(result, messages, settings, safe=True)


def _of_single(result: Answer | Failure, messages: tuple[Message, ...], settings: Settings) -> Iterator[Outcome]:
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages)
    elif 200 <= result.status < 300 and code_of(result) == "Success":
        yield from (Outcome(message.id, Fate.ACCEPTED) for message in messages)
    else:
        yield from _of_code(result, messages, settings, safe=False)


def _of_counts(answer: Answer, messages: tuple[Message, ...]) -> Iterator[Outcome]:
    """Those it names are refused, and everybody else is written, where the counts say so."""
    said = _dict(answer.json())
    done, failed = said.get("successCount"), said.get("failCount")
    if not isinstance(done, int) or not isinstance(failed, int):
        yield from fates.somebody_elses("Iterable", answer, messages, safe=True)
        return
    if dropped := [name for name in map(str, _list(said.get("filteredOutFields"))) if not _only_a_tag(name, messages)]:
        named = scrub(", ".join(dropped[:5]))
        raise Config(f"Iterable dropped fields that its project does not have: {named}. Add them there, or let this connection add them.")
    if _list(said.get("disallowedEventNames")):
        raise Config("Iterable does not take events of this name: choose another, or allow it in the project.")
    refused = _refused(said)
    ours = {message.address.casefold() for message in messages}
    adds_up = done + failed == len(messages) and len(refused.keys() & ours) == failed
    for message in messages:
        code = refused.get(message.address.casefold())
        if code is not None:
            yield _no(message, code)
        elif adds_up:
            yield Outcome(message.id, Fate.ACCEPTED)
        else:
            yield Outcome(message.id, Fate.LATER, f"Iterable wrote {done} of {len(messages)}, and did not say whom it left out.")


def _only_a_tag(name: str, messages: tuple[Message, ...]) -> bool:
    """Whether a dropped field is one of those that we add for reports: nobody misses it."""
    last = name.rpartition(".")[2]
    return last.startswith("largesse_") and last.removeprefix("largesse_") in messages[0].tags and last not in messages[0].data


def _refused(said: dict[str, Any]) -> dict[str, str]:
    """Address or id in lower case -> the code that says why."""
    found: dict[str, str] = {}
    lists = _dict(said.get("failedUpdates")) | {key: said.get(key) for key in ("invalidEmails", "invalidUserIds") if said.get(key)}
    for name, people in lists.items():
        kind = name.removesuffix("Emails").removesuffix("UserIds")
        code = LISTS.get(kind, "")
        code = code.replace("EmailAddress", "UserId").replace("Email", "UserId") if name.endswith("UserIds") else code
        found |= {str(who).casefold(): code for who in _list(people) if isinstance(who, str)}
    return found


def _of_code(answer: Answer, messages: tuple[Message, ...], settings: Settings, *, safe: bool) -> Iterator[Outcome]:
    """What the code of an answer says, or else its status. Raises Stop or Config."""
    code = code_of(answer)
    if code in STOP_CODES:
        raise Stop(STOPS[403 if code == "Forbidden" else 401])
    if code in CONFIGS:
        raise Config(CONFIGS[code])
    if code in REFUSALS or (code == "BadParams" and answer.status == 400):
        said = scrub(str(_dict(answer.json()).get("msg") or ""), [settings["api_key"]])
        yield from (_no(message, code, said) for message in messages)
    elif code == "RateLimitExceeded":
        wait = answer.wait(messages[0].attempt_at, "Iterable asks for a pause.")
        yield from (Outcome(message.id, Fate.LATER, wait.why, wait=wait) for message in messages)
    elif code in LATER and 400 <= answer.status < 500:
        yield from (Outcome(message.id, Fate.LATER, f"Iterable could not take it ({code}).") for message in messages)
    elif 200 <= answer.status < 300:
        yield from fates.somebody_elses("Iterable", answer, messages, safe=safe)
    elif answer.status in STOPS:
        raise Stop(STOPS[answer.status])
    else:
        yield from fates.by_status("Iterable", answer, messages, safe=safe)


def _no(message: Message, code: str, said: str = "") -> Outcome:
    """A refusal, in our words where we have some."""
    words = REFUSALS.get(code) or (INVALID_DATA if code == "invalidData" else f"Iterable refuses it: {said or 'no reason given'}.")
    return Outcome(message.id, Fate.REFUSED, words, for_good=code in FOR_GOOD)


def _cannot_say_whom(answer: Answer) -> bool:
    """Whether a bulk call was refused as a whole, so that smaller ones may find out more."""
    code = code_of(answer)
    return answer.status == 413 or code == "BatchTooLarge" or (answer.status == 400 and (code == "BadParams" or code in REFUSALS))


def _stop_if_all_are_refused(said: list[Outcome], lone: int) -> None:
    alike = len({(o.fate, o.reason) for o in said}) == 1 and not said[0].for_good
    if said and said[0].fate is Fate.REFUSED and (lone >= LONE_REFUSALS or (alike and len(said) >= LONE_REFUSALS)):
        raise Config(f"Iterable refuses every message: {said[0].reason}")


def code_of(answer: Answer) -> str:
    """The `code` of an answer, or empty."""
    code = _dict(answer.json()).get("code")
    return code if isinstance(code, str) else ""


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else []
