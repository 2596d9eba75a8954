"""What does Mailchimp's answer mean? https://mailchimp.com/developer/marketing/docs/errors/

Its throttling is a 429, or a 403 without JSON: it counts connections, says nothing about how long to wait, and names no limit in headers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import fates
from integrations.contract import Fate, Message, Outcome, Stop
from integrations.http import Answer, Failure

PAUSE = 10.0
"""Seconds to stay away where Mailchimp throttles and does not say how long."""
STOPS = {
    401: "Mailchimp does not accept the API key.",
    403: "Mailchimp does not let this key in: the account or its user is disabled, or lacks the right.",
}
TITLES = {
    "member in compliance state": "Left this audience or bounced there; only the person can come back, by a form of Mailchimp.",
    "forgotten email not subscribed": "Was deleted for good in Mailchimp and cannot be added again.",
    "member exists": "Is in the audience already.",
    "resource not found": "Is not in the audience.",
}
"""Mailchimp's titles of what is wrong with one contact, in our words."""
ERRORS_IN_OUR_WORDS = (
    ("compliance", TITLES["member in compliance state"]),
    ("unsubscribe", TITLES["member in compliance state"]),
    ("bounce", TITLES["member in compliance state"]),
    ("permanently deleted", TITLES["forgotten email not subscribed"]),
    ("forgotten", TITLES["forgotten email not subscribed"]),
    ("fake or invalid", "Mailchimp takes this for a made-up address."),
    ("status", "Is not in the audience, and new contacts are left out."),
    ("invalid", "Mailchimp takes no such address or value."),
)
"""What stands in `errors[].error` of a batch: a part of the sentence, and ours for it. The first that fits counts."""


FOR_GOOD = frozenset(
    {
        TITLES["member in compliance state"],
        TITLES["forgotten email not subscribed"],
        "Mailchimp takes this for a made-up address.",
    }
)
"""Asking again changes nothing, for only the person can come back. Who is not in the audience can be put into it."""


def json_object(answer: Answer) -> dict[str, Any]:
    """The body as an object; empty where it is none."""
    body = answer.json()
    return body if isinstance(body, dict) else {}


def refusal_reason(text: str) -> str:
    """Why one contact is refused, never in Mailchimp's bytes."""
    lower = text.casefold()
    return next((ours for part, ours in ERRORS_IN_OUR_WORDS if part in lower), "Mailchimp does not take this contact.")


def refused(message: Message, text: str) -> Outcome:
    """One contact is refused, with a reason of ours."""
    why = refusal_reason(text)
    return Outcome(message.id, Fate.REFUSED, why, for_good=why in FOR_GOOD)


def throttled(answer: Answer) -> bool:
    """Whether there were too many connections or calls. A 403 with a JSON body is about rights instead."""
    return answer.status == 429 or (answer.status == 403 and not json_object(answer))


def other(result: Answer | Failure, messages: tuple[Message, ...], *, safe: bool) -> Iterator[Outcome]:
    """What is about no single contact: throttling, no answer, an error of the server. `safe`: a repetition does no harm. Raises Stop."""
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages, safe=safe)
    elif throttled(result):
        wait = result.wait(messages[0].attempt_at, "Mailchimp asks for a pause.", PAUSE)
        yield from (Outcome(message.id, Fate.LATER, wait.why, wait=wait) for message in messages)
    elif result.status in STOPS:
        raise Stop(STOPS[result.status])
    elif 200 <= result.status < 300:
        yield from fates.somebody_elses("Mailchimp", result, messages, safe=safe)
    else:
        yield from fates.by_status("Mailchimp", result, messages, safe=safe)


def problem_of(result: Answer | Failure, missing: str) -> str:
    """Why a question about the account was not answered, in words; empty where it was. `missing` is the sentence for a 404."""
    if isinstance(result, Failure):
        return result.reason
    if result.status == 200:
        return ""
    if throttled(result):
        return "Mailchimp asks for a pause. Try again in a minute."
    return STOPS.get(result.status) or (missing if result.status == 404 else f"Mailchimp answered {result.status}.")
