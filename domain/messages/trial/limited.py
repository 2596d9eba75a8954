"""How is a template tried that nobody has looked at yet? In one kept process with limits of time and memory, made anew after a time-out.

Whoever writes a template can write one that would keep a processor busy. Checks and previews of drafts therefore never run in the process
that serves pages. What was launched has passed here; it is counted while it runs (`domain.messages.liquid.limits`).
"""

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from typing import Any

from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.parts import FORMAT, MadeMail, MailFinding
from domain.messages.variables import Variable

SECONDS = 3.0
"""For one question."""
START = 30.0
"""Seconds until a new process is there."""
TOO_SLOW = "This takes too long to be checked. Make it shorter, with fewer and shorter loops."
NOT_THERE = "This could not be checked just now. Try again."
_SERVE = "import sys; sys.path[:] = sys.argv[1:]; from domain.messages.trial.child import serve; serve()"


class Lost(Exception):
    """The process ended or does not answer."""


class LimitedProcess:
    """One process, asked one question at a time. It ends when we do: its standard input then does."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            (sys.executable, "-c", _SERVE, *sys.path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.asked = Connection(os.dup(self.process.stdin.fileno()), readable=False)
        self.told = Connection(os.dup(self.process.stdout.fileno()), writable=False)
        self.process.stdin.close()
        self.process.stdout.close()
        self._receive(START)

    def ask(self, name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
        """How it went and the answer. Raises Lost."""
        try:
            self.asked.send((name, arguments))
        except OSError as gone:
            raise Lost from gone
        answer: tuple[str, Any] = self._receive(SECONDS)
        return answer

    def _receive(self, seconds: float) -> Any:
        try:
            if not self.told.poll(seconds):
                raise TimeoutError
            return self.told.recv()
        except TimeoutError:
            self.end()
            raise
        except (EOFError, OSError) as gone:
            self.end()
            raise Lost from gone

    def end(self) -> None:
        """Whatever it does, end it."""
        self.process.kill()
        self.process.wait()
        self.asked.close()
        self.told.close()


_kept: dict[int, LimitedProcess] = {}
"""Our own process's id -> its limited process: after a fork, there is none."""
_one_at_a_time = threading.Lock()


def mistakes(source: str, place: OutputContext, allowed: Sequence[Variable]) -> list[str]:
    """What is wrong with this part: `domain.messages.variables.mistakes`, and that it takes too long."""
    try:
        found: list[str] = _ask("mistakes", source, place, tuple(allowed))
    except TemplateError as wrong:
        return [str(wrong)]
    return found


def rendered(parts: Mapping[str, str], kind: str, facts: Mapping[str, Any]) -> tuple[dict[str, str], int]:
    """The parts of a message for these facts, and how many fields of its payload hold variables. Raises TemplateError."""
    made: tuple[dict[str, str], int] = _ask("rendered", dict(parts), kind, _all(facts))
    return made


@functools.lru_cache(maxsize=256)
def _made(parts: tuple[tuple[str, str], ...], allowed: tuple[Variable, ...] | None) -> tuple[dict[str, str], tuple[MailFinding, ...]]:
    done: MadeMail = _ask("made", dict(parts), allowed)
    return done.parts, done.findings


def made(parts: Mapping[str, str], allowed: Sequence[Variable] | None = None) -> tuple[dict[str, str], tuple[MailFinding, ...]]:
    """The parts with HTML and text in place of what they are made from, and what is to be put right. Raises TemplateError.

    The compiler and the cleaner of HTML are loaded in the limited process only.
    """
    if FORMAT not in parts:
        return dict(parts), ()
    done, found = _made(tuple(sorted(parts.items())), None if allowed is None else tuple(allowed))
    return dict(done), found


def changed(parts: Mapping[str, str], to: str) -> dict[str, str]:
    """The parts as another format has them. Raises TemplateError."""
    found: dict[str, str] = _ask("changed", dict(parts), to)
    return found


def _ask(name: str, *arguments: Any) -> Any:
    with _one_at_a_time:
        for _ in range(2):
            try:
                how, answer = _process().ask(name, arguments)
            except TimeoutError as slow:
                _kept.clear()
                raise TemplateError(TOO_SLOW) from slow
            except Lost:
                _kept.clear()
                continue
            if how == "refused":
                raise TemplateError(answer)
            return answer
    raise TemplateError(NOT_THERE)


def _process() -> LimitedProcess:
    ours = os.getpid()
    if ours not in _kept:
        _kept.clear()
        _kept[ours] = LimitedProcess()
    return _kept[ours]


def _all(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts with everything worked out, to be sent to another process."""
    return {name: _all(value) if isinstance(value, Mapping) else value for name, value in facts.items()}
