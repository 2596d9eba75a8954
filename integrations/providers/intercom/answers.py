"""What does Intercom's answer mean? https://developers.intercom.com/docs/references/rest-api/errors/http-responses

Its errors are lists (`error.list`) with codes; a body of another form is not Intercom's. The limit of calls stands in the headers of
every answer, with the second at which it begins anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from integrations import fates
from integrations.contract import Config, Fate, Message, Outcome, Stop, Wait
from integrations.http import Answer, Failure, scrub
from integrations.providers.intercom.client import json_object

STOPS = {
    401: "Intercom does not accept the access token: look whether it is complete, and whether the region is the right one.",
    403: "Intercom does not let this token do that: its app lacks a permission, or the plan does not include the API.",
    404: "There is no Intercom API at this address.",
    405: "There is no Intercom API at this address.",
    406: "Intercom does not take JSON at this address.",
}
NO_CONTACT = "Is no contact in Intercom."
REFUSALS = frozenset({400, 404, 409, 422})
LONE_REFUSALS = 3
"""So many messages refused in the same words, and none taken, are a mistake of ours, not of the recipients."""


@dataclass(frozen=True)
class IntercomError:
    """The first error of a list: its code, and its words."""

    code: str
    text: str
    field: str = ""


def error_of(answer: Answer, secret: str) -> IntercomError | None:
    """What Intercom says is wrong; None where the body is not its own."""
    body = json_object(answer)
    listed = body.get("errors")
    if body.get("type") != "error.list" or not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return None
    first = listed[0]
    text = scrub(str(first.get("message") or first.get("code") or "no reason given"), [secret])
    return IntercomError(str(first.get("code") or ""), text, str(first.get("field") or ""))


def refused(answer: Answer, message: Message, secret: str) -> Outcome | None:
    """One contact is refused; None where the answer is about something else. Raises Config where the field map is wrong."""
    error = error_of(answer, secret) if answer.status in REFUSALS else None
    if error is None:
        return None
    if answer.status == 404:
        return Outcome(message.id, Fate.REFUSED, NO_CONTACT, wait=used_up(answer, message))
    if "attribute" in error.text.casefold() or "event_name" in error.field or "metadata" in error.field:
        raise Config(f"Intercom refuses what is written: {error.text}")
    about_address = error.field in {"email", "phone"} or "email is invalid" in error.text.casefold()
    return Outcome(message.id, Fate.REFUSED, f"Intercom refuses it: {error.text}", for_good=about_address, wait=used_up(answer, message))


def other(result: Answer | Failure, messages: tuple[Message, ...], *, safe: bool) -> Iterator[Outcome]:
    """What is about no single contact. `safe`: a repetition does no harm. Raises Stop or Config."""
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages, safe=safe)
    elif result.status in STOPS:
        raise Stop(STOPS[result.status])
    elif 200 <= result.status < 300:
        yield from fates.somebody_elses("Intercom", result, messages, safe=safe)
    else:
        yield from fates.by_status("Intercom", result, messages, safe=safe, pause=_until_reset(result, messages[0]))


def used_up(answer: Answer, message: Message) -> Wait | None:
    """How long to wait if this call used up the limit of calls, or None."""
    seconds = _until_reset(answer, message) if answer.headers.get("x-ratelimit-remaining") == "0" else None
    return Wait(seconds, "The limit of calls at Intercom is used up for now.") if seconds else None


def _until_reset(answer: Answer, message: Message) -> float | None:
    """`X-RateLimit-Reset` is a time in seconds since 1970; the limit is counted in slices of 10 seconds."""
    reset = answer.seconds("x-ratelimit-reset")
    return min(max(reset - message.attempt_at, 1.0), 60.0) if reset else None


class SameWords:
    """Counts refusals in the same words of one call; raises Config where they are about everybody."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._taken = False

    def heard(self, outcome: Outcome) -> Outcome:
        """The outcome. Raises Config."""
        if outcome.fate is Fate.ACCEPTED:
            self._taken = True
        elif outcome.fate is Fate.REFUSED and outcome.reason != NO_CONTACT:
            self._words[outcome.reason] = self._words.get(outcome.reason, 0) + 1
            if not self._taken and self._words[outcome.reason] >= LONE_REFUSALS:
                raise Config(f"Intercom refuses every message: {outcome.reason}")
        return outcome
