"""What SendGrid's answer to a call means for its messages.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors

A 400 takes nothing: the address it names is dropped and the rest repeated. There is no idempotency: what was cut off stays unsure
until its event comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations import fates
from integrations.contract import AllAccepted, Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, scrub
from integrations.mail import mail_calls

STOPS = {
    401: "SendGrid does not accept the API key.",
    402: "The credits of the SendGrid plan are used up: buy more, or wait for the next month.",
    403: "SendGrid does not let this key send: it lacks the scope mail.send, or the account is blocked.",
    404: "There is no SendGrid API at this address.",
    405: "There is no SendGrid API at this address.",
    451: "This account belongs to another region: change the region of the connection.",
}
WORDS = (
    ("credits exceeded", STOPS[402]),
    ("not authorized", STOPS[403]),
    ("access forbidden", STOPS[403]),
)
"""What SendGrid writes into a 401 or 403, and what it means: the number alone does not tell a bad key from a plan that is used up."""
ABOUT_ADDRESS = re.compile(r"valid address|email (is|does)|duplicate", re.IGNORECASE)
"""How a refusal speaks of whoever is written to: asking again changes nothing."""
LONE_REFUSALS = 3
"""So many messages refused alone, without a word about the recipient, are a mistake of ours, not of the recipients."""


def send_call(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome | AllAccepted]:
    """One call, repeated without the messages it refused, or in halves."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = Batch(waiting.pop(), batch.template)
        result = post(part)
        if isinstance(result, Failure):
            yield from fates.without_answer(result, part.messages)
        elif result.status in {200, 202} and not _is_its_own(result):
            yield from fates.somebody_elses("SendGrid", result, part.messages)
        elif result.status in {200, 202}:
            id, lone = result.headers.get("x-message-id"), 0
            yield AllAccepted(part.messages, id)
        elif result.status in {400, 413}:
            refused, again = _refused(part.messages, result, settings)
            lone += 1 if len(part.messages) == 1 and result.status == 400 and not _named(part.messages, result, settings) else 0
            if lone >= LONE_REFUSALS:
                raise Config(f"SendGrid refuses every message: {refused[0].reason}")
            yield from refused
            waiting += again
        else:
            yield from _other_status(result, part, settings)


def _other_status(answer: Answer, batch: Batch, settings: Settings) -> Iterator[Outcome]:
    status = answer.status
    if status == 403 and any(error.field.startswith("from") for error in _errors(answer, settings)):
        raise Config("SendGrid does not know this sender: verify the address or its domain there.")
    if status in STOPS:
        raise Stop(problem_of(answer, settings))
    reset = answer.seconds("x-ratelimit-reset")
    yield from fates.by_status("SendGrid", answer, batch.messages, pause=max(1.0, reset - batch.messages[0].attempt_at) if reset else None)


def problem_of(answer: Answer, settings: Settings) -> str:
    """An answer that is no success, in our words: by what SendGrid writes, else by the status."""
    said = " ".join(error.text for error in _errors(answer, settings)).casefold()
    found = next((ours for words, ours in WORDS if answer.status in {401, 403} and words in said), None)
    return found or STOPS.get(answer.status) or f"SendGrid answered {answer.status}."


def _is_its_own(answer: Answer) -> bool:
    """Whether a success is SendGrid's: it has no body, and names the message."""
    return "x-message-id" in answer.headers or not (answer.body.strip() or answer.cut)


def _refused(messages: tuple[Message, ...], answer: Answer, settings: Settings) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Nothing was taken. Messages refused for good, and what to ask again: the rest where some are named, else two halves."""
    named = _named(messages, answer, settings)
    if named:
        rest = tuple(message for at, message in enumerate(messages) if at not in named)
        return [_outcome(messages[at], text) for at, text in named.items()], [rest] if rest else []
    errors = _errors(answer, settings)
    for error in errors:
        if error.field and not error.field.startswith("personalizations"):
            raise Config(f"SendGrid refuses the message: {error.text}")
    if len(messages) > 1:
        return [], mail_calls.halves(messages)
    if answer.status == 413:
        raise Config("The mail is too big for SendGrid.")
    return [_outcome(messages[0], errors[0].text if errors else "SendGrid refuses the message.")], []


def _outcome(message: Message, why: str) -> Outcome:
    return Outcome(message.id, Fate.REFUSED, why, for_good=bool(ABOUT_ADDRESS.search(why)))


def _named(messages: tuple[Message, ...], answer: Answer, settings: Settings) -> dict[int, str]:
    return {e.index: e.text for e in _errors(answer, settings) if e.index is not None and e.index < len(messages)}


class _Error:
    """One of `errors`: its field, the personalization it names, and its words."""

    def __init__(self, document: Mapping[str, Any], settings: Settings) -> None:
        self.field = str(document.get("field") or "")
        found = re.match(r"personalizations\.(\d+)", self.field)
        self.index = int(found[1]) if found else None
        self.text = scrub(str(document.get("message") or "no reason given"), [settings["api_key"]])


def _errors(answer: Answer, settings: Settings) -> list[_Error]:
    document = answer.json()
    errors = document.get("errors") if isinstance(document, dict) else None
    return [_Error(error, settings) for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
