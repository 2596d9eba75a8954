"""What SendGrid's answer to a call means for its messages.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors

A 400 takes nothing: the address it names is dropped and the rest repeated. There is no idempotency: what was cut off stays unsure
until its event comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations import mail_calls
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, scrub

STOPS = {
    401: "SendGrid does not accept the API key.",
    403: "SendGrid does not let this key send: it lacks the scope mail.send, or the account is blocked.",
    404: "There is no SendGrid API at this address.",
    405: "There is no SendGrid API at this address.",
    451: "This account belongs to another region: change the region of the connection.",
}
LATER = {
    408: "SendGrid did not receive the whole request.",
    429: "SendGrid asks for a pause.",
    503: "SendGrid is not available.",
}
LONE_REFUSALS = 3
"""So many messages refused alone, without a word about the recipient, are a mistake of ours, not of the recipients."""


def send_call(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome]:
    """One call, repeated without the messages it refused, or in halves."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = Batch(waiting.pop(), batch.template)
        result = post(part)
        if isinstance(result, Failure):
            yield from mail_calls.outcomes_without_answer(result, part)
        elif result.status in {200, 202}:
            id, lone = result.headers.get("x-message-id"), 0
            yield from (Outcome(message.id, Fate.ACCEPTED, provider_id=id) for message in part.messages)
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
        raise Stop(STOPS[status])
    wait = None
    if status == 429:
        reset, at = answer.seconds("x-ratelimit-reset"), batch.messages[0].attempt_at
        wait = answer.retry_after(at) or (max(1.0, reset - at) if reset else None)
    fate, reason = (Fate.LATER, LATER[status]) if status in LATER else (Fate.UNSURE, f"SendGrid answered {status}.")
    yield from (Outcome(message.id, fate, reason, retry_after=wait) for message in batch.messages)


def _refused(messages: tuple[Message, ...], answer: Answer, settings: Settings) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Nothing was taken. Messages refused for good, and what to ask again: the rest where some are named, else two halves."""
    named = _named(messages, answer, settings)
    if named:
        rest = tuple(message for at, message in enumerate(messages) if at not in named)
        return [Outcome(messages[at].id, Fate.REFUSED, text) for at, text in named.items()], [rest] if rest else []
    errors = _errors(answer, settings)
    for error in errors:
        if error.field and not error.field.startswith("personalizations"):
            raise Config(f"SendGrid refuses the message: {error.text}")
    if len(messages) > 1:
        return [], mail_calls.halves(messages)
    if answer.status == 413:
        raise Config("The mail is too big for SendGrid.")
    return [Outcome(messages[0].id, Fate.REFUSED, errors[0].text if errors else "SendGrid refuses the message.")], []


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
