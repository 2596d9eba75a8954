"""What CM.com's answer to a call means: a code for the call, and one for each message where it lists them.

Codes: https://github.com/cmdotcom/text-sdk-php
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from integrations import fates
from integrations.contract import Config, Fate, Message, Outcome, Stop
from integrations.http import Answer, Failure

PREFIX = "dlv_"
"""Of our ids: a reference may have 32 characters, which is what follows."""
STOPS = {
    101: "CM.com does not accept the product token.",
    102: "The balance at CM.com is used up: top it up, then let the connection go on.",
    103: "CM.com does not accept the product token.",
    301: "CM.com does not accept the sender: correct it in the connection.",
}
CONFIGS = {
    201: "CM.com sent nothing of the call.",
    202: "CM.com does not understand the call.",
    203: "CM.com does not understand the call.",
}
REFUSED = {
    302: "The number is not valid.",
    303: "The number is not valid.",
    304: "CM.com does not take this text.",
    305: "CM.com does not take a field of this message.",
    401: "CM.com holds the message for spam.",
    402: "The number is on CM.com’s blacklist.",
    403: "CM.com rejected the message.",
}
FOR_GOOD = frozenset({302, 303, 304, 305, 402})
"""About the number or the text: asking again changes nothing."""
UNSURE = {500: "CM.com had an error of its own.", 999: "CM.com had an error it does not know."}
STATUSES = {
    401: STOPS[101],
    403: STOPS[101],
    404: "There is no CM.com gateway at this address.",
    405: "There is no CM.com gateway at this address.",
}
PAUSE = 5.0
"""Seconds to stay away where CM.com asks for a pause and does not say how long."""


def reference(id: str) -> str:
    """Our id of a message in the form CM.com takes: 32 characters."""
    return id.removeprefix(PREFIX).replace("-", "")[:32]


def code_and_items(result: Answer | Failure) -> tuple[int | None, list[dict[str, Any]]]:
    """CM.com's code of the call, and what it says about each message; no code where it says none."""
    document = result.json() if isinstance(result, Answer) else None
    document = {key.lower(): value for key, value in document.items()} if isinstance(document, dict) else {}
    listed = document.get("messages")
    items = [{k.lower(): v for k, v in item.items()} for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    return _number(document.get("errorcode")), items


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, (int, str)) and re.fullmatch(r"\d{1,6}", str(value)) else None


def may_be_about_one(result: Answer | Failure) -> bool:
    """Whether the whole call was refused, and nothing taken, for something that may be wrong with one message."""
    code, items = code_and_items(result)
    refused = isinstance(result, Answer) and 400 <= result.status < 500
    return refused and not items and (code in REFUSED or (isinstance(result, Answer) and result.status == 413))


def outcomes_of(result: Answer | Failure, messages: tuple[Message, ...]) -> Iterator[Outcome]:
    """The fate of each message. Raises Stop or Config where it is not about the recipients."""
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages)
        return
    code, items = code_and_items(result)
    if items:
        yield from _by_message(items, messages, code)
    elif code is not None and (result.status < 500 or code):
        _stop_or_config(code)
        if code in REFUSED:
            yield from (_refused(message, code) for message in messages)
        else:
            fate = Fate.ACCEPTED if code == 0 and result.status < 300 else Fate.UNSURE
            yield from (Outcome(message.id, fate, "" if fate is Fate.ACCEPTED else _unsure(code)) for message in messages)
    else:
        yield from _by_status(result, messages)


def _stop_or_config(code: int) -> None:
    if code in STOPS:
        raise Stop(STOPS[code])
    if code in CONFIGS:
        raise Config(CONFIGS[code])


def _by_message(items: Iterable[Mapping[str, Any]], messages: tuple[Message, ...], whole: int | None) -> Iterator[Outcome]:
    """By reference, or by number where CM.com names none. What it does not mention was taken only if all were."""
    by_reference = {str(item.get("reference") or ""): item for item in items}
    by_number = {digits(item.get("to")): item for item in items if not item.get("reference")}
    for_all = 0
    for message in messages:
        item = by_reference.get(reference(message.id)) or by_number.get(digits(message.address))
        code = _number(item.get("messageerrorcode")) or 0 if item else whole
        if item and code == 0 and str(item.get("status", "Accepted")).lower() != "accepted":
            code = 403
        if code in STOPS:
            for_all = code
        elif code in REFUSED:
            yield _refused(message, code)
        elif code == 0:
            yield Outcome(message.id, Fate.ACCEPTED)
        else:
            yield Outcome(message.id, Fate.UNSURE, _unsure(code))
    if for_all:
        _stop_or_config(for_all)


def _refused(message: Message, code: int) -> Outcome:
    return Outcome(message.id, Fate.REFUSED, REFUSED[code], for_good=code in FOR_GOOD)


def _unsure(code: int | None) -> str:
    return UNSURE.get(code or 0) or f"CM.com answered with code {code}."


def digits(number: object) -> str:
    """A number without what stands before its country code."""
    return str(number or "").lstrip("+0")


def _by_status(answer: Answer, messages: tuple[Message, ...]) -> Iterator[Outcome]:
    """The answer has no code of CM.com: judged by the HTTP status."""
    status = answer.status
    if status in STATUSES:
        raise Stop(STATUSES[status])
    if status == 413:
        raise Config("The message is too big for CM.com.")
    if status < 300:
        yield from fates.somebody_elses("CM.com", answer, messages)
    else:
        yield from fates.by_status("CM.com", answer, messages, pause=PAUSE)
