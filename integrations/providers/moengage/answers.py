"""What does MoEngage's answer mean? https://www.moengage.com/docs/api/data/data-overview

A 200 may say `"status": "fail"`, and then nothing was taken. A call of many has no answer for each: what MoEngage cannot use in it,
it leaves out later without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from integrations import fates
from integrations.contract import Message, Outcome, Stop
from integrations.http import Answer, Failure, scrub
from integrations.providers.moengage.client import json_object

STOPS = {
    401: "MoEngage does not accept the workspace id and this key, or the data centre is another one.",
    403: "MoEngage does not let this key do that: the account is suspended, or this address is not on the list of those allowed.",
    404: "There is no MoEngage API at this address.",
    405: "There is no MoEngage API at this address.",
    415: "MoEngage does not take JSON at this address.",
}
ACCOUNT = ("app key mismatch", "secret not set", "blacklisted", "app_id", "blocked", "suspended")
"""Words of an error that is about the workspace, not about what is sent."""
SLICE = 100_000.0
"""`x-ratelimit-reset` is a time in seconds since 1970 or, at some of its hosts, so many seconds from now: no time is this small."""


def took(answer: Answer) -> bool:
    """Whether it says in MoEngage's way that it took the call."""
    return answer.status == 200 and str(json_object(answer).get("status", "")).casefold() == "success"


def problem(answer: Answer, secret: str) -> str:
    """What MoEngage says is wrong; empty where it says nothing of the kind. A 200 can say so, too."""
    body = json_object(answer)
    error = body.get("error")
    words = error.get("message") or error.get("type") if isinstance(error, dict) else body.get("err_code") and body.get("message")
    failed = str(body.get("status", "")).casefold() == "fail"
    return scrub(str(words or body.get("message") or "no reason given"), [secret]) if words or failed else ""


def stop_if_about_the_account(answer: Answer, words: str) -> None:
    """Raises Stop where the error is about the workspace or its key."""
    if words and (answer.status == 409 or any(word in words.casefold() for word in ACCOUNT)):
        raise Stop(f"MoEngage refuses the workspace or its key: {words}")


def other(result: Answer | Failure, messages: tuple[Message, ...], *, safe: bool) -> Iterator[Outcome]:
    """What is about no single message. `safe`: a repetition does no harm. Raises Stop or Config."""
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages, safe=safe)
    elif result.status in STOPS:
        raise Stop(STOPS[result.status])
    elif 200 <= result.status < 300:
        yield from fates.somebody_elses("MoEngage", result, messages, safe=safe)
    else:
        yield from fates.by_status("MoEngage", result, messages, safe=safe, pause=_until_reset(result, messages[0]))


def _until_reset(answer: Answer, message: Message) -> float | None:
    reset = answer.seconds("x-ratelimit-reset")
    if not reset or reset <= 0:
        return None
    return reset if reset < SLICE else max(reset - message.attempt_at, 1.0)
