"""What Twilio's answer to a message means: by its error code where it gives one, else by the status.

https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

from dataclasses import replace

from integrations import fates
from integrations.contract import Config, Fate, Happened, Message, Outcome, PeerTrouble, Stop
from integrations.http import Answer, Failure

OPTED_OUT = 21610
REFUSED = {
    21211: "The number is not a valid phone number.",
    21214: "The number cannot be reached.",
    21217: "The number is not a valid phone number.",
    21219: "A trial account sends only to numbers verified at Twilio.",
    21604: "There is no number to send to.",
    21608: "A trial account sends only to numbers verified at Twilio.",
    OPTED_OUT: "The recipient answered STOP to this sender.",
    21612: "The number cannot be reached from this sender.",
    21614: "The number takes no SMS: it is not a mobile number.",
    21618: "Twilio does not let this text through.",
    21635: "The number is a landline.",
}
"""This recipient, for good. Nothing was taken."""
FOR_GOOD = frozenset({21211, 21214, 21217, 21604, OPTED_OUT, 21614, 21618, 21635, 30004, 30005, 30006, 30011, 30019, 30453, 30454})
"""Of what is refused or not delivered: asking again changes nothing. The other codes are about account, sender or the moment."""
CONFIGS = {
    20404: "Twilio knows nothing at this address: check the Account SID, the messaging service and the region of the connection.",
    21408: "Twilio may not send to a country of these recipients: allow it under Messaging, Settings, Geo permissions.",
    63016: "Outside the 24-hour window WhatsApp takes only an approved template.",
    21602: "An SMS needs words.",
    21605: "The text is too long for one SMS.",
    21617: "The text is longer than the 1,600 characters Twilio takes: shorten it.",
    21619: "An SMS needs words.",
    21624: "Twilio does not take this validity period.",
    20001: "Twilio does not understand a parameter of the message.",
    20422: "Twilio does not understand a parameter of the message.",
}
"""The message itself: the distribution pauses."""
STOPS = {
    10001: "The Twilio account is not active.",
    20003: "Twilio does not accept the credentials: check Account SID, token or API key, and the region they belong to.",
    20004: "There is no Messages API at this address.",
    20005: "The Twilio account is not active.",
    20006: "Twilio does not let these credentials send: give the key the right to create messages.",
    20008: "These are test credentials; enter the live ones.",
    20010: "The Twilio account is suspended.",
    20403: "Twilio does not let these credentials send: give the key the right to create messages.",
    21212: "The sender is not valid: correct it in the connection.",
    21213: "There is no sender: enter one in the connection.",
    21601: "The sender’s number cannot send SMS.",
    21603: "There is no sender: enter one in the connection.",
    21606: "The sender is no number of this account that can send SMS.",
    21607: "The sender is no number of this account.",
    21609: "Twilio does not accept our address for receipts: check the public address under Settings.",
    21616: "Several numbers match the sender: write it in full.",
    21659: "The sender is no number of this account.",
    21660: "The sender belongs to another Twilio account.",
    21661: "The sender’s number cannot send SMS.",
    21701: "There is no such messaging service.",
    21703: "The messaging service has no numbers: add one in Twilio.",
    21704: "The messaging service has no short codes: add one in Twilio.",
    21705: "The messaging service SID is not valid.",
    30002: "The Twilio account is suspended.",
}
"""Credentials, account or sender, which are settings of the connection: it pauses, and nobody is refused."""
STATUSES = {401: STOPS[20003], 403: STOPS[20006], 404: "Twilio does not know this account in this region.", 405: STOPS[20004]}
WAITS = {
    20429: ("Twilio asks for fewer calls at once.", 2.0),
    21611: ("The sender’s queue at Twilio is full.", 60.0),
    429: ("Twilio asks for fewer calls at once.", 2.0),
}
"""Nothing was taken, of nobody: words, and the pause in seconds where Twilio names none."""
UNAVAILABLE = 20503
UNDELIVERED = {
    30001: "Twilio’s queue overflowed.",
    30002: "The Twilio account was suspended meanwhile.",
    30003: "The phone could not be reached: off, out of range, or barred.",
    30004: "The message was blocked.",
    30005: "The number is not in use.",
    30006: "The number is a landline or its carrier takes no SMS.",
    30007: "The carrier filtered the message.",
    30008: "It was not delivered; the carrier gave no reason.",
    30009: "A part of the message was lost.",
    30010: "It would have cost more than allowed.",
    30011: "The carrier takes no pictures.",
    30017: "The carrier’s network was congested.",
    30018: "The sender is not registered in the recipient’s country.",
    30019: "The message is too large for the carrier.",
    30022: "The carrier’s limit for this sender was reached.",
    30023: "The carrier’s daily limit was reached.",
    30024: "The carrier does not know this sender.",
    30032: "The toll-free number is not verified.",
    30033: "The sender’s campaign (A2P 10DLC) is suspended.",
    30034: "The sender is not registered for A2P 10DLC.",
    30035: "The sender is still being set up.",
    30036: "It waited too long and ran out.",
    30410: "The carrier did not answer in time.",
    30450: "Twilio blocked it as fraud.",
    30453: "Twilio blocked it for want of consent.",
    30454: "Twilio blocked it as a repetition.",
}
"""What becomes known after Twilio took it."""
NO_SUCH_NUMBER = frozenset({21211, 21614, 21635, 30005, 30006})
"""After these the number is not written to again."""


def outcome_of(result: Answer | Failure, message: Message) -> Outcome:
    """The fate of a message. Raises Stop or Config where it is not about this recipient."""
    if isinstance(result, Failure):
        return next(fates.without_answer(result, [message]))
    if 200 <= result.status < 300:
        return _taken(result, message)
    code = code_of(result)
    if why := stopped(result.status, code):
        raise Stop(why)
    if code in CONFIGS:
        raise Config(CONFIGS[code])
    return _declined(result, message, code) or next(fates.by_status("Twilio", result, (message,)))


def _declined(result: Answer, message: Message, code: int) -> Outcome | None:
    """What Twilio says about this message by a code of its own; None where it says nothing of the kind."""
    if code in REFUSED:
        return _refused(message, REFUSED[code], code)
    if found := WAITS.get(code) or WAITS.get(result.status):
        return Outcome(message.id, Fate.LATER, found[0], wait=result.wait(message.attempt_at, found[0], usual=found[1]))
    if code == UNAVAILABLE:
        return Outcome(message.id, Fate.LATER, "Twilio is not available.", trouble=PeerTrouble.FAILED)
    if 400 <= result.status < 500 and code:
        return Outcome(message.id, Fate.REFUSED, f"Twilio refuses it with error {code}.")
    return None


def _refused(message: Message, why: str, code: object) -> Outcome:
    because = Happened.STOPPED if code == OPTED_OUT else None
    return Outcome(message.id, Fate.REFUSED, why, because=because, for_good=code in FOR_GOOD)


def stopped(status: int, code: int) -> str | None:
    """Why the whole connection cannot send, or None."""
    return STOPS.get(code) or (STATUSES.get(status) if code not in REFUSED and code not in CONFIGS else None)


def code_of(answer: Answer) -> int:
    """Twilio's error code, or 0."""
    document = answer.json()
    code = document.get("code") if isinstance(document, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else 0


def _taken(answer: Answer, message: Message) -> Outcome:
    """Accepted, unless the 201 already says `failed`."""
    document = answer.json()
    id = document.get("sid") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(id, str) or not id:
        return next(fates.somebody_elses("Twilio", answer, [message]))
    code = document.get("error_code")
    if str(document.get("status")) in {"failed", "undelivered", "canceled"}:
        return replace(_refused(message, undelivered(code), code), provider_id=id)
    return Outcome(message.id, Fate.ACCEPTED, provider_id=id)


def undelivered(code: object) -> str:
    """Why a message that was taken did not arrive, in our words."""
    if not isinstance(code, int) or not code:
        return "It was not delivered; Twilio gave no reason."
    return UNDELIVERED.get(code) or REFUSED.get(code) or STOPS.get(code) or f"It was not delivered: error {code}."
