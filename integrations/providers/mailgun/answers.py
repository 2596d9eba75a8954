"""What Mailgun's answer to a call means for its messages.

https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages

A 400 takes nothing and does not say whose address it dislikes: the call is halved until the address is found. There is no idempotency:
what was cut off stays unsure until its event comes.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

from integrations import fates
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, scrub
from integrations.mail import mail_calls

STOPS = {
    401: "Mailgun does not accept the API key: it is wrong, or belongs to another region.",
    402: "Mailgun asks for a payment before it sends.",
    403: "Mailgun does not let this key send: the domain is disabled, or a sandbox domain that writes only to authorized recipients.",
    404: "Mailgun knows no such domain in this region.",
    405: "There is no Mailgun API at this address.",
}
WORDS = (
    ("exceeded", "The limit of the Mailgun plan is used up: raise it there, or wait until it begins anew."),
    ("free account", "The limit of the Mailgun plan is used up: raise it there, or wait until it begins anew."),
    ("disabled", "Mailgun has disabled this domain or account."),
)
"""What Mailgun writes into a 401, 402 or 403, and what it means."""
CALM_DOWN = 420
"""Mailgun’s own status for: try again after so many seconds."""
ABOUT_RECIPIENT = re.compile(r"\bto\b.* (is not a valid address|is invalid)|not a valid address.*\bto\b", re.IGNORECASE)
"""How a refusal speaks of whoever is written to."""
ABOUT_ACCOUNT = re.compile(r"not allowed to send|test purposes only|authorized recipients|disabled|not verified|unverified", re.IGNORECASE)
ABOUT_CONTENT = re.compile(r"\b(from|subject|text|html|template|send options|reply-to|header)\b", re.IGNORECASE)
"""How it speaks of sender and words, which are the same for all."""
LONE_REFUSALS = 3
"""So many messages refused alone, without a word about the recipient, are a mistake of ours, not of the recipients."""


def send_call(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome]:
    """One call, repeated in halves where it was refused whole: then nothing was taken."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = Batch(waiting.pop(), batch.template)
        result = post(part)
        if isinstance(result, Failure):
            yield from fates.without_answer(result, part.messages)
        elif result.status == 200 and _id(result) is None:
            yield from fates.somebody_elses("Mailgun", result, part.messages)
        elif result.status == 200:
            id, lone = _id(result), 0
            yield from (Outcome(message.id, Fate.ACCEPTED, provider_id=id) for message in part.messages)
        elif result.status in {400, 413}:
            reason = _error_text(result, settings)
            _about_everybody(result.status, reason)
            if len(part.messages) > 1:
                waiting += mail_calls.halves(part.messages)
                continue
            lone += 0 if ABOUT_RECIPIENT.search(reason) else 1
            yield _refused(part.messages[0], result.status, reason, lone)
        else:
            yield from _other_status(result, part, settings)


def problem_of(answer: Answer) -> str:
    """An answer that is not 200, in our words: by what Mailgun writes, else by the status."""
    said = answer.body.decode("utf-8", "replace").casefold() if answer.status in {401, 402, 403} else ""
    found = next((ours for words, ours in WORDS if words in said), None)
    return found or STOPS.get(answer.status) or f"Mailgun answered {answer.status}."


def _about_everybody(status: int, reason: str) -> None:
    """A refusal that names the account, the sender or the words would be the same for everybody."""
    if status == 400 and ABOUT_ACCOUNT.search(reason):
        raise Stop(f"Mailgun does not let this domain send: {reason}")
    if status == 400 and ABOUT_CONTENT.search(reason) and not ABOUT_RECIPIENT.search(reason):
        raise Config(f"Mailgun refuses the message: {reason}")


def _refused(message: Message, status: int, reason: str, lone: int) -> Outcome:
    if status == 413:
        raise Config("The mail is too big for Mailgun.")
    if lone >= LONE_REFUSALS:
        raise Config(f"Mailgun refuses every message: {reason}")
    return Outcome(message.id, Fate.REFUSED, reason, for_good=bool(ABOUT_RECIPIENT.search(reason)))


def _other_status(answer: Answer, batch: Batch, settings: Settings) -> Iterator[Outcome]:
    if answer.status in STOPS:
        raise Stop(problem_of(answer))
    pause = _pause(answer, _error_text(answer, settings), batch.messages[0].attempt_at)
    if answer.status == CALM_DOWN:
        answer = dataclasses.replace(answer, status=429)
    yield from fates.by_status("Mailgun", answer, batch.messages, pause=pause)


def _pause(answer: Answer, reason: str, at: int) -> float | None:
    """The longest pause it asks for beside `Retry-After`: as a moment, or in words."""
    words, reset = re.search(r"try again after (\d{1,5}) second", reason), answer.seconds("x-ratelimit-reset")
    asked = (reset - at if reset else 0.0, float(words[1]) if words else 0.0)
    return max(asked) or None


def _id(answer: Answer) -> str | None:
    document = answer.json()
    id = document.get("id") if isinstance(document, dict) else None
    return id.strip("<>") or None if isinstance(id, str) else None


def _error_text(answer: Answer, settings: Settings) -> str:
    document = answer.json()
    text = document.get("message") if isinstance(document, dict) else ""
    return scrub(str(text or "no reason given"), [settings["api_key"]])
