"""How is a line of the audit trail told? By the day it was done on, and what was done as somebody would say it."""

import datetime
from collections.abc import Iterable
from itertools import groupby

from domain.kernel.actor import SYSTEM
from domain.tables.journal import Audit
from webapp import formatting

ID = 32
"""Letters of an id behind its prefix."""
IRREGULAR = {
    "hold": "held", "send": "sent", "make": "made", "give": "gave", "begin": "began", "go": "went", "sync": "synced", "try": "tried",
    "discard": "dropped", "edit": "changed", "stop": "stopped", "reset": "reset", "empty": "emptied", "sign": "signed",
}  # fmt: skip


def did(command: str) -> str:
    """`launch distribution` -> `launched distribution`."""
    verb, _, rest = command.partition(" ")
    past = IRREGULAR.get(verb) or (f"{verb}d" if verb.endswith("e") else f"{verb[:-1]}ied" if verb.endswith("y") else f"{verb}ed")
    return f"{past} {rest}".strip()


COMMAND_LINE = "command line"
ICONS = {
    "cust": "user", "seg": "filter", "camp": "tickets", "promo": "gift", "v": "ticket", "conn": "plug", "distr": "send", "imp": "upload",
    "user": "users", "perm": "shield-check", "note": "bell",
}  # fmt: skip
"""What something was done to, by the prefix of its id -> the icon of a system that did it."""


def icon_of(entry: Audit) -> str:
    """The icon of an actor that is no person; empty for people, who have their initials."""
    if entry.actor == COMMAND_LINE:
        return "terminal"
    if entry.actor.startswith("key_"):
        return "key-round"
    return ICONS.get(entry.subject.partition("_")[0], "settings") if entry.actor == SYSTEM.id else ""


def reference(entry: Audit) -> str:
    """The end of the subject's id in capitals, to say it aloud: `ref 7PZK`; empty where it has no id."""
    _, mark, id = entry.subject.partition("_")
    return f"ref {id[-4:].upper()}" if mark and len(id) == ID else ""


def by_day(entries: Iterable[Audit]) -> list[tuple[str, list[Audit]]]:
    """The lines under their days, as days are for the viewer: `Today, Friday 20 November`."""
    return [(_called(day), list(some)) for day, some in groupby(entries, lambda one: one.created_at.astimezone(formatting.zone()).date())]


def _called(day: datetime.date) -> str:
    ago = (formatting.now().date() - day).days
    date = f"{day:%A} {day.day} {day:%B}" + (f" {day.year}" if day.year != formatting.now().year else "")
    return {0: f"Today, {date}", 1: f"Yesterday, {date}"}.get(ago, date)
