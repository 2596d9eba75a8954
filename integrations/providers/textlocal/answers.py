"""What Textlocal's answer to a call means. HTTP says 200 to everything: `status` is `success` or `failure`, and codes say why.

https://api.txtlocal.com/docs/sendsms, https://api.txtlocal.com/docs/helpfulinfo
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from integrations import fates
from integrations.contract import Config, Fate, Message, Outcome, Stop
from integrations.http import Answer, Failure

STOPS = {
    1: "There is no Textlocal API at this address.",
    2: "There is no Textlocal API at this address.",
    3: "Textlocal does not accept the API key, or not from this machine’s address.",
    7: "The credits at Textlocal are used up: buy more, then let the connection go on.",
    43: "Textlocal does not accept the sender: correct it in the connection.",
    44: "There is no sender: enter one in the connection.",
}
CONFIGS = {
    5: "An SMS needs words.",
    6: "The text is longer than Textlocal takes: shorten it.",
    8: "Textlocal does not take this time.",
    80: "The text fits no template approved for your account in India.",
}
NO_RECIPIENT = {
    4: "There is no number to send to.",
    32: "The number is not valid.",
    51: "The number is not valid.",
}
LATER = {
    191: "Textlocal sends no offers at this hour.",
    192: "Textlocal sends no offers at this hour.",
}
HOUR = 3600.0
INVALID_NUMBER = 3
"""As the code of a warning, not of an error: its numbers were left out."""
STATUSES = {401: STOPS[3], 403: STOPS[3], 404: STOPS[1], 405: STOPS[1]}
PAUSE = 5.0
"""Seconds to stay away where Textlocal asks for a pause and does not say how long."""


def may_be_about_one(result: Answer | Failure) -> bool:
    """Whether the whole call failed, so that nothing was taken, for something that may be wrong with one message."""
    document = _read(result)
    if isinstance(result, Answer) and result.status == 413:
        return True
    whole = document.get("status") == "failure" and not document.get("messages") and not document.get("messages_not_sent")
    return whole and not any(code in {**STOPS, **CONFIGS, **LATER} for code in _codes(document)) and bool(_codes(document))


def is_about_the_number(result: Answer | Failure) -> bool:
    """Whether it says that the number is wrong."""
    return any(code in NO_RECIPIENT for code in _codes(_read(result)))


def problem_of(answer: Answer | Failure) -> str:
    """What is wrong with a call that is about no message, in our words; empty where it succeeded."""
    if isinstance(answer, Failure):
        return answer.reason
    document = _read(answer)
    if document.get("status") == "success":
        return ""
    codes = _codes(document)
    for table in (STOPS, CONFIGS, LATER, NO_RECIPIENT):
        if found := [table[code] for code in codes if code in table]:
            return found[0]
    if codes:
        return f"Textlocal answered with code {codes[0]}."
    return STATUSES.get(answer.status) or f"That is not Textlocal’s API: it answered {answer.status}."


def outcomes_of(result: Answer | Failure, messages: tuple[Message, ...], custom: str) -> Iterator[Outcome]:
    """The fate of each message. `custom` and the number together are what its receipts name. Raises Stop or Config."""
    if isinstance(result, Failure):
        yield from _named(fates.without_answer(result, messages), messages, custom)
        return
    document = _read(result)
    codes = _codes(document)
    if _dicts(document.get("messages")) or _dicts(document.get("messages_not_sent")):
        yield from _by_message(document, messages, custom)
    elif document.get("status") == "failure" and codes:
        yield from _failed(codes, messages)
    else:
        yield from _by_status(result, messages, custom)


def _failed(codes: list[int], messages: tuple[Message, ...]) -> Iterator[Outcome]:
    """Nothing was taken."""
    for code in codes:
        if code in STOPS:
            raise Stop(STOPS[code])
        if code in CONFIGS:
            raise Config(CONFIGS[code])
    if late := [LATER[code] for code in codes if code in LATER]:
        yield from (Outcome(message.id, Fate.LATER, late[0], retry_after=HOUR) for message in messages)
    else:
        yield from (_refused(message, codes[0]) for message in messages)


def _by_message(document: Mapping[str, Any], messages: tuple[Message, ...], custom: str) -> Iterator[Outcome]:
    """A call that succeeded, but for those it did not send, and those whose numbers it warns about."""
    left_out = _left_out(document)
    listed = set(_recipients(document.get("messages")))
    stop = ""
    for message in messages:
        number = _digits(message.address)
        code = left_out.get(number)
        if code is None:
            fate, reason = (Fate.ACCEPTED, "") if number in listed else (Fate.UNSURE, "Textlocal did not say what became of it.")
            yield Outcome(message.id, fate, reason, receipt_key(custom, number))
        elif code in STOPS and code != INVALID_NUMBER:
            stop = STOPS[code]
        elif code in LATER:
            yield Outcome(message.id, Fate.LATER, LATER[code], retry_after=HOUR)
        else:
            yield _refused(message, code)
    if stop:
        raise Stop(stop)


def _left_out(document: Mapping[str, Any]) -> dict[str, int]:
    """Number -> why it was not sent to."""
    found: dict[str, int] = {}
    for item in _dicts(document.get("messages_not_sent")):
        error = item.get("error")
        found[_digits(item.get("number"))] = _number(error.get("code")) if isinstance(error, dict) else 0
    for warning in _dicts(document.get("warnings")):
        if _number(warning.get("code")) == INVALID_NUMBER:
            found |= dict.fromkeys(re.findall(r"\d{5,}", str(warning.get("numbers"))), INVALID_NUMBER)
    return found


def _recipients(listed: Any) -> Iterator[str]:
    """Numbers of what was taken: messages may lie within messages."""
    for item in _dicts(listed):
        if "recipient" in item:
            yield _digits(item["recipient"])
        yield from _recipients(item.get("messages"))


def _refused(message: Message, code: int) -> Outcome:
    """Of a number that is none asking again changes nothing."""
    number = NO_RECIPIENT[32] if code == INVALID_NUMBER else NO_RECIPIENT.get(code, "")
    why = number or CONFIGS.get(code) or f"Textlocal refuses it with code {code}."
    return Outcome(message.id, Fate.REFUSED, why, for_good=bool(number))


def _by_status(answer: Answer, messages: tuple[Message, ...], custom: str) -> Iterator[Outcome]:
    """The answer has no status of Textlocal: judged by the HTTP status."""
    status = answer.status
    if status in STATUSES:
        raise Stop(STATUSES[status])
    if status == 413:
        raise Config("The message is too big for Textlocal.")
    if status < 300:
        yield from _named(fates.somebody_elses("Textlocal", answer, messages), messages, custom)
    else:
        yield from _named(fates.by_status("Textlocal", answer, messages, pause=PAUSE), messages, custom)


def _named(outcomes: Iterator[Outcome], messages: tuple[Message, ...], custom: str) -> Iterator[Outcome]:
    """With the names by which receipts may still tell of them."""
    for outcome, message in zip(outcomes, messages, strict=True):
        yield replace(outcome, provider_id=receipt_key(custom, message.address))


def receipt_key(custom: str, number: object) -> str:
    """By what receipts name a message: the call and the number."""
    return f"{custom}/{_digits(number)}"


def _read(result: Answer | Failure) -> Mapping[str, Any]:
    document = result.json() if isinstance(result, Answer) else None
    return document if isinstance(document, dict) else {}


def _codes(document: Mapping[str, Any]) -> list[int]:
    return [_number(error.get("code")) for error in _dicts(document.get("errors"))]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _number(value: object) -> int:
    return int(value) if isinstance(value, (int, str)) and re.fullmatch(r"\d{1,6}", str(value)) else 0


def _digits(number: object) -> str:
    return re.sub(r"\D", "", str(number or ""))
