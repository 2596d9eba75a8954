"""What Mandrill's answer to a call means for its messages.

https://mailchimp.com/developer/transactional/docs/error-glossary/

An error is told by its name: older addresses of the API say 500 to all of them. Nothing is recognised when it comes twice, so what was
cut off stays unsure until its event comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from integrations import fates
from integrations.contract import Batch, Config, Fate, Happened, Message, Outcome, PeerTrouble, Settings, Stop
from integrations.http import Answer, Failure, scrub
from integrations.mail import mail_calls, mime

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
PAUSE, AWAY = "RequestLimitExceeded", "ServiceUnavailable"
LATER = {PAUSE: "Mandrill asks for a pause.", AWAY: "Mandrill is not available."}

TAKEN = frozenset({"sent", "queued", "scheduled"})
HELD_BACK = {
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
LISTED = {
    "hard-bounce": Happened.BOUNCED,
    "spam": Happened.COMPLAINED,
    "unsub": Happened.UNSUBSCRIBED_ALL,
    "custom": Happened.UNSUBSCRIBED_ALL,
}
"""Reason of a reject -> what had put the address on Mandrill's denylist. A soft bounce leaves it by itself."""
FOR_GOOD = frozenset({*LISTED, "invalid"})
"""Asking again changes nothing. A rule can be changed there."""
REJECTED_FOR_NOW = {"soft-bounce": "The address bounced a short while ago; Mandrill waits before it tries again."}
SENDER_PROBLEMS = {
    "invalid-sender": "Mandrill does not accept the sender's address.",
    "unsigned": "The sender's domain is not verified in Mandrill: set up DKIM and SPF there.",
}
TEST_LIMITS = {"test-mode-limit": "The test key has sent all that it may."}
LONE_REFUSALS = 3
"""So many messages refused alone are a mistake of ours, not of the recipients."""


def send_call(batch: Batch, post: Callable[[Batch], Answer | Failure], settings: Settings) -> Iterator[Outcome]:
    """One call, repeated in halves where it was refused whole: then nothing was taken."""
    waiting, lone = [batch.messages], 0
    while waiting:
        part = Batch(waiting.pop(), batch.template)
        result = post(part)
        if isinstance(result, Failure):
            yield from fates.without_answer(result, part.messages)
        elif result.status == 200 and not isinstance(result.json(), list):
            yield from fates.somebody_elses("Mandrill", result, part.messages)
        elif result.status == 200:
            lone = 0
            yield from _by_recipient(part, result)
        elif (name := _name(result)) not in {"ValidationError", "TooBig"}:
            yield from _same_for_all(part, result, name)
        elif len(part.messages) > 1 and not _is_about_content(result):
            waiting += mail_calls.halves(part.messages)
        else:
            lone += 1
            yield _refused_alone(part.messages[0], result, settings, lone)


def problem_of(answer: Answer) -> str:
    """An answer that is not 200, in our words."""
    name = _name(answer)
    return STOPS.get(name) or LATER.get(name) or f"Mandrill answered {answer.status}."


def _same_for_all(batch: Batch, answer: Answer, name: str) -> Iterator[Outcome]:
    if name in STOPS:
        raise Stop(STOPS[name])
    if name == PAUSE:
        wait = answer.wait(batch.messages[0].attempt_at, LATER[PAUSE])
        yield from (Outcome(message.id, Fate.LATER, wait.why, wait=wait) for message in batch.messages)
    elif name == AWAY:
        yield from (Outcome(message.id, Fate.LATER, LATER[AWAY], trouble=PeerTrouble.FAILED) for message in batch.messages)
    elif name:
        yield from (Outcome(message.id, Fate.UNSURE, problem_of(answer)) for message in batch.messages)
    else:
        yield from fates.by_status("Mandrill", answer, batch.messages)


def _by_recipient(batch: Batch, answer: Answer) -> Iterator[Outcome]:
    """A line for each recipient, found by its address. What stops everybody is said after what was taken."""
    lines = answer.json()
    by_address = {str(line.get("email")).casefold(): line for line in lines if isinstance(line, dict)} if isinstance(lines, list) else {}
    reasons = set()
    for message in batch.messages:
        line = by_address.get(mime.mailbox(message.address).casefold())
        if line is None:
            yield Outcome(message.id, Fate.UNSURE, "Mandrill did not say what became of it.")
            continue
        why = str(line.get("reject_reason") or line.get("queued_reason") or "")
        reasons.add(why)
        if why not in SENDER_PROBLEMS and why not in TEST_LIMITS:
            yield _outcome_of_line(message, line, why)
    for why in sorted(reasons):
        if why in SENDER_PROBLEMS:
            raise Config(SENDER_PROBLEMS[why])
        if why in TEST_LIMITS or why in HELD_BACK:
            raise Stop(TEST_LIMITS.get(why) or HELD_BACK[why])


def _outcome_of_line(message: Message, line: Mapping[str, object], why: str) -> Outcome:
    id = str(line["_id"]) if line.get("_id") else None
    match line.get("status"):
        case status if status in TAKEN:
            return Outcome(message.id, Fate.ACCEPTED, provider_id=id)
        case "rejected" if why in REJECTED_FOR_NOW:
            return Outcome(message.id, Fate.LATER, REJECTED_FOR_NOW[why], id)
        case "rejected" | "bounced":
            words = REJECTS.get(why, "Mandrill rejects this mail.")
            return Outcome(message.id, Fate.REFUSED, words, id, because=LISTED.get(why), for_good=why in FOR_GOOD)
        case "invalid":
            return Outcome(message.id, Fate.REFUSED, REJECTS["invalid"], id, for_good=True)
    return Outcome(message.id, Fate.UNSURE, "Mandrill did not say what became of it.", id)


def _refused_alone(message: Message, answer: Answer, settings: Settings, lone: int) -> Outcome:
    if _name(answer) == "TooBig":
        raise Config("The mail is too big for Mandrill.")
    reason = scrub(str(_error(answer).get("message") or "no reason given"), [settings["api_key"]])
    if lone >= LONE_REFUSALS or _is_about_content(answer):
        raise Config(f"Mandrill refuses the message: {reason}")
    return Outcome(message.id, Fate.REFUSED, reason)


def _is_about_content(answer: Answer) -> bool:
    """Whether a refusal names our words or the sender: `Validation error: {"message":{"from_email":"…"}}`."""
    return bool(re.search(r'"(from_email|from_name|subject|text|html|headers|subaccount)"', str(_error(answer).get("message"))))


def _name(answer: Answer) -> str:
    return str(_error(answer).get("name") or NAMES.get(answer.status, ""))


def _error(answer: Answer) -> Mapping[str, object]:
    document = answer.json()
    return document if isinstance(document, dict) else {}
