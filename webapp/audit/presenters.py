"""How is a line of the audit trail told? By the day it was done on, and what was done as somebody would say it."""

import datetime
from collections.abc import Iterable
from itertools import groupby

from domain.tables.journal import Audit
from webapp import formatting

IRREGULAR = {
    "hold": "held", "send": "sent", "make": "made", "give": "gave", "begin": "began", "go": "went", "sync": "synced", "try": "tried",
    "discard": "dropped", "edit": "changed", "stop": "stopped", "reset": "reset", "empty": "emptied", "sign": "signed",
}  # fmt: skip


def did(command: str) -> str:
    """`launch distribution` -> `launched distribution`."""
    verb, _, rest = command.partition(" ")
    past = IRREGULAR.get(verb) or (f"{verb}d" if verb.endswith("e") else f"{verb[:-1]}ied" if verb.endswith("y") else f"{verb}ed")
    return f"{past} {rest}".strip()


def by_day(entries: Iterable[Audit]) -> list[tuple[str, list[Audit]]]:
    """The lines under their days, as days are for the viewer: `Today, Friday 20 November`."""
    return [(_called(day), list(some)) for day, some in groupby(entries, lambda one: one.created_at.astimezone(formatting.zone()).date())]


def _called(day: datetime.date) -> str:
    ago = (formatting.now().date() - day).days
    date = f"{day:%A} {day.day} {day:%B}" + (f" {day.year}" if day.year != formatting.now().year else "")
    return {0: f"Today, {date}", 1: f"Yesterday, {date}"}.get(ago, date)
