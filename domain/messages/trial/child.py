"""What does the limited process do? It checks and renders one template after the other, with little memory, until nobody asks any more."""

import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from domain.messages import variables
from domain.messages.liquid.places import TemplateError
from domain.messages.mail import formats
from domain.messages.message import compile_message
from domain.messages.payload import CompiledPayload

MEMORY = 512 * 1024 * 1024
"""Bytes of address space."""
TOO_LARGE = "This takes more memory than a message may. Make it shorter, with fewer and shorter loops."


def serve() -> None:
    """Answer on standard output what is asked on standard input, both as pickled tuples, until the asking process is gone."""
    with suppress(ValueError, OSError):  # some systems know no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked, told = Connection(os.dup(0), writable=False), Connection(os.dup(1), readable=False)
    sys.stdout = sys.stderr
    told.send("ready")
    while True:
        try:
            name, arguments = asked.recv()
        except EOFError:
            return
        told.send(_answer(name, arguments))


def _answer(name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", WORK[name](*arguments)
    except TemplateError as wrong:
        return "refused", str(wrong)
    except (MemoryError, RecursionError):
        return "refused", TOO_LARGE


def rendered(parts: dict[str, str], kind: str, facts: dict[str, Any]) -> tuple[dict[str, str], int]:
    """The parts of a message for these facts, and how many fields of its payload hold variables. Raises TemplateError."""
    message = compile_message(parts, kind)
    made = message.assemble(message.values(facts))
    payload = message.parts.get("payload")
    return made, len(payload.leaves if isinstance(payload, CompiledPayload) else payload.slots) if payload else 0


WORK: dict[str, Callable[..., Any]] = {
    "mistakes": variables.mistakes,
    "rendered": rendered,
    "made": formats.made,
    "changed": formats.changed,
}
"""What may be asked."""
