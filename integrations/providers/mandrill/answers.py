"""What Mandrill's answer to a call means for its messages.

https://mailchimp.com/developer/transactional/docs/error-glossary/

An error is told by its name: older addresses of the API say 500 to all of them. Nothing is recognised when it comes twice, so what was
cut off stays unsure until its event comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from integrations import mail_calls, mime
from integrations.contract import Batch, Config, Fate, Message, Outcome, Settings, Stop
from integrations.http import Answer, Failure, scrub

NAMES = {
    401: "Invalid_Key",
    402: "PaymentRequired",
    403: "Forbidden",
    404: "NotFound",
    405: "NotFound",
    413: "TooBig",
    422: "ValidationError",
    429: "RequestLimitExceeded",
    503: "ServiceUnavailable",
}
"""What an answer without a name means."""
STOPS = {
    "Invalid_Key": "Mandrill does not accept the API key.",
    "PaymentRequired": "Mandrill asks for a payment before it sends.",
    "Unknown_Subaccount": "Mandrill knows no such subaccount: correct it in the connection.",
    "Forbidden": "Mandrill does not let this key send.",
    "NotFound": "There is no Mandrill API at this address.",
}
LATERS = {"RequestLimitExceeded": "Mandrill asks for a pause.", "ServiceUnavailable": "Mandrill is not available."}

TAKEN = frozenset({"sent", "queued", "scheduled"})
HELD = {
    "free-trial-sends-exhausted": "The free trial of Mandrill is used up: it holds mails back.",
    "monthly-limit-reached": "The month's limit of Mandrill is reached: it holds mails back.",
    "sending-paused": "Sending is paused in Mandrill: it holds mails back.",
    "sending-suspended": "Mandrill has suspended the account: it holds mails back.",
}
"""Why it took mails and will not send them now. The other reasons to queue end by themselves."""
REJECTS = {
    "hard-bounce": "The address bounced before and is on Mandrill's denylist.",
    "spam": "The address complained before and is on Mandrill's denylist.",
    "unsub": "The address unsubscribed at Mandrill.",
    "custom": "The address was put on Mandrill's denylist by hand.",
    "invalid": "Mandrill says that this is no mail address.",
    "rule": "A rule in Mandrill rejects this mail.",
}
COOLING = {"soft-bounce": "The address bounced a short while ago; Mandrill waits before it tries again."}
SENDERS = {
    "invalid-sender": "Mandrill does not accept the sender's address.",
    "unsigned": "The sender's domain is not verified in Mandrill: set up DKIM and SPF there.",
}
TESTS = {"test-mode-limit": "The test key has sent all that it may."}
LONE_REFUSALS = 3
"""So many messages refused alone are a mistake of ours, not of the recipients."""


def delivered(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome]:
    """One call, repeated in halves where it was refused whole: then nothing was taken."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = Batch(waiting.pop(), batch.template)
        happened = post(part)
        if isinstance(happened, Failure):
            yield from mail_calls.unanswered(happened, part)
        elif happened.status == 200:
            lone = 0
            yield from _each(part, happened)
        elif (name := _name(happened)) not in {"ValidationError", "TooBig"}:
            yield from _whole(part, happened, name)
        elif len(part.messages) > 1 and not _of_words(happened):
            waiting += mail_calls.halves(part.messages)
        else:
            lone += 1
            yield _alone(part.messages[0], happened, settings, lone)


def trouble(answer: Answer) -> str:
    """An answer that is not 200, in our words."""
    name = _name(answer)
    return STOPS.get(name) or LATERS.get(name) or f"Mandrill answered {answer.status}."


def _whole(batch: Batch, answer: Answer, name: str) -> Iterator[Outcome]:
    if name in STOPS:
        raise Stop(STOPS[name])
    fate = Fate.LATER if name in LATERS else Fate.UNSURE
    wait = answer.retry_after(batch.messages[0].attempt_at)
    yield from (Outcome(message.id, fate, trouble(answer), retry_after=wait) for message in batch.messages)


def _each(batch: Batch, answer: Answer) -> Iterator[Outcome]:
    """A line for each recipient, found by its address. What stops everybody is said after what was taken."""
    lines = answer.json()
    told = {str(line.get("email")).casefold(): line for line in lines if isinstance(line, dict)} if isinstance(lines, list) else {}
    reasons = set()
    for message in batch.messages:
        line = told.get(mime.mailbox(message.address).casefold())
        if line is None:
            yield Outcome(message.id, Fate.UNSURE, "Mandrill did not say what became of it.")
            continue
        why = str(line.get("reject_reason") or line.get("queued_reason") or "")
        reasons.add(why)
        if why not in SENDERS and why not in TESTS:
            yield _line(message, line, why)
    for why in sorted(reasons):
        if why in SENDERS:
            raise Config(SENDERS[why])
        if why in TESTS or why in HELD:
            raise Stop(TESTS.get(why) or HELD[why])


def _line(message: Message, line: Mapping[str, object], why: str) -> Outcome:
    id = str(line["_id"]) if line.get("_id") else None
    match line.get("status"):
        case status if status in TAKEN:
            return Outcome(message.id, Fate.ACCEPTED, provider_id=id)
        case "rejected" if why in COOLING:
            return Outcome(message.id, Fate.LATER, COOLING[why], id)
        case "rejected" | "bounced":
            return Outcome(message.id, Fate.REFUSED, REJECTS.get(why, "Mandrill rejects this mail."), id)
        case "invalid":
            return Outcome(message.id, Fate.REFUSED, REJECTS["invalid"], id)
    return Outcome(message.id, Fate.UNSURE, "Mandrill did not say what became of it.", id)


def _alone(message: Message, answer: Answer, settings: Settings, lone: int) -> Outcome:
    if _name(answer) == "TooBig":
        raise Config("The mail is too big for Mandrill.")
    said = scrub(str(_error(answer).get("message") or "no reason given"), [settings["api_key"]])
    if lone >= LONE_REFUSALS or _of_words(answer):
        raise Config(f"Mandrill refuses the message: {said}")
    return Outcome(message.id, Fate.REFUSED, said)


def _of_words(answer: Answer) -> bool:
    """Whether a refusal names our words or the sender: `Validation error: {"message":{"from_email":"…"}}`."""
    return bool(re.search(r'"(from_email|from_name|subject|text|html|headers|subaccount)"', str(_error(answer).get("message"))))


def _name(answer: Answer) -> str:
    return str(_error(answer).get("name") or NAMES.get(answer.status, ""))


def _error(answer: Answer) -> Mapping[str, object]:
    said = answer.json()
    return said if isinstance(said, dict) else {}
