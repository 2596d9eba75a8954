"""What does Airship's answer mean? https://www.airship.com/docs/developer/rest-api/ua/introduction/

It takes a call as a whole or not at all; an error may point at one item (`details.path`). It names no limit of
calls, and 429 says nothing of how long to wait.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from integrations import fates
from integrations.contract import AllAccepted, Config, Fate, Message, Outcome, PeerTrouble, Stop
from integrations.http import Answer, Failure, scrub
from integrations.providers.airship.client import json_object

PAUSE = 10.0
"""Seconds to stay away where Airship throttles and does not say how long."""
STOPS = {
    401: "Airship does not accept the token for this app key, or the token has no role for that; look at the cloud, too.",
    403: "Airship does not let this project do that: the plan or the token does not include it.",
    404: "There is no Airship API at this address.",
    405: "There is no Airship API at this address.",
    406: "There is no Airship API of version 3 at this address.",
}
ITEM = re.compile(r"(?:^|\.)(?:create_and_send)?\[(\d+)\]")
"""The item at which `details.path` points."""
CONFIGS = ("template", "sender", "message_type", "device_types", "reply_to", "body.name", "substitution")
"""Words of an error that are about what is sent, not to whom."""
LONE_REFUSALS = 3
"""So many messages refused alone, with nobody taken, are a mistake of ours, not of the recipients."""
Post = Callable[[tuple[Message, ...]], Answer | Failure]


def took(answer: Answer, status: int) -> bool:
    """Whether it says in Airship's way that it took the call: with the id of an operation."""
    body = json_object(answer)
    return answer.status == status and body.get("ok") is True and bool(body.get("operation_id"))


def error_of(answer: Answer, secret: str) -> tuple[str, str] | None:
    """Words and path of an error in Airship's form, or None."""
    body = json_object(answer)
    if body.get("ok") is not False or not isinstance(body.get("error"), str):
        return None
    details = body.get("details")
    about = details if isinstance(details, dict) else {}
    return scrub(str(about.get("error") or body["error"]), [secret]), str(about.get("path") or "")


def send_call(messages: tuple[Message, ...], post: Post, status: int, secret: str) -> Iterator[Outcome | AllAccepted]:
    """One call, repeated without the one it points at, or in halves. Raises Config or Stop. A repetition is not recognised."""
    waiting, lone, taken = [messages], 0, False
    while waiting:
        part = waiting.pop()
        result = post(part)
        error = error_of(result, secret) if isinstance(result, Answer) and result.status in {400, 413} else None
        if isinstance(result, Answer) and took(result, status):
            taken = True
            yield AllAccepted(part, str(json_object(result)["operation_id"]))
        elif error or (isinstance(result, Answer) and result.status == 413):
            refused, again = _split(part, *(error or ("The values are too long.", "")))
            lone += bool(refused)
            if refused and len(part) == 1 and (result_is_too_big(result) or (lone >= LONE_REFUSALS and not taken)):
                raise Config(f"Airship refuses every message, or it is too big: {refused[0].reason}")
            yield from refused
            waiting += again
        else:
            outcomes = list(other(result, part))
            yield from outcomes
            if wait := outcomes[0].wait:  # what is left would be told the same
                yield from (Outcome(m.id, Fate.LATER, wait.why, trouble=PeerTrouble.UNTRIED) for left in waiting for m in left)
                return


def result_is_too_big(result: Answer | Failure) -> bool:
    """Whether the call had too many bytes."""
    return isinstance(result, Answer) and result.status == 413


def _split(part: tuple[Message, ...], words: str, path: str) -> tuple[list[Outcome], list[tuple[Message, ...]]]:
    """Nothing was taken: the one it points at is refused and the rest is asked again, else two halves. Raises Config."""
    if any(word in f"{path} {words}".casefold() for word in CONFIGS):
        raise Config(f"Airship refuses what is sent: {words}")
    found = ITEM.search(path)
    at = 0 if len(part) == 1 else int(found[1]) if found and int(found[1]) < len(part) else None
    if at is None:
        middle = len(part) // 2
        return [], [part[middle:], part[:middle]]
    about_address = any(word in f"{path} {words}".casefold() for word in ("ua_address", "address"))
    rest = part[:at] + part[at + 1 :]
    return [Outcome(part[at].id, Fate.REFUSED, f"Airship refuses it: {words}", for_good=about_address)], [rest] if rest else []


def other(result: Answer | Failure, messages: tuple[Message, ...], *, safe: bool = False) -> Iterator[Outcome]:
    """What is about no single message. `safe`: a repetition does no harm. Raises Stop or Config."""
    if isinstance(result, Failure):
        yield from fates.without_answer(result, messages, safe=safe)
    elif result.status in STOPS:
        raise Stop(STOPS[result.status])
    elif 200 <= result.status < 300:
        yield from fates.somebody_elses("Airship", result, messages, safe=safe)
    else:
        yield from fates.by_status("Airship", result, messages, safe=safe, pause=PAUSE)
