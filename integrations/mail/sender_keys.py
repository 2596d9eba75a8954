"""Does the DNS know the key under which mail of a domain is signed (DKIM, RFC 6376)? Asked with patience, never waited for longer.

The resolver is dkimpy's. Answers are kept for ten minutes in each process.
"""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

import dkim
from dkim import dnsplug

PATIENCE = 1.0
"""Seconds that a page waits."""
LIFETIME = 4
"""Seconds after which the question itself is given up."""
KEPT = 600
_asking = ThreadPoolExecutor(2, thread_name_prefix="dns")
_answers: dict[tuple[str, tuple[str, ...]], tuple[float, Future[bool | None]]] = {}


def published(domain: str, selectors: Sequence[str]) -> bool | None:
    """Whether one of these keys stands in the DNS of the domain. None: nobody can tell (no names of keys, no answer, none in time)."""
    if not selectors or not domain:
        return None
    question = (domain.lower(), tuple(selectors))
    now = time.monotonic()
    asked, answer = _answers.get(question, (0.0, None))
    if answer is None or now - asked > KEPT or (answer.done() and answer.result() is None):
        answer = _asking.submit(_look, *question)
        _answers[question] = (now, answer)
    try:
        return answer.result(PATIENCE)
    except TooLate:
        return None


def _look(domain: str, selectors: tuple[str, ...]) -> bool | None:
    try:
        if any("p=" in _text(f"{selector}._domainkey.{domain}") for selector in selectors):
            return True
        return False if _text(domain) else None  # a domain without any text may as well be a resolver that does not answer
    except (dkim.DKIMException, OSError, ValueError):
        return None


def _text(name: str) -> str:
    return (dnsplug.get_txt(name.encode("idna"), LIFETIME) or b"").decode("ascii", "replace")
