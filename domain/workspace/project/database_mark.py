"""Is this the database that may send? A word and a growing number in it must be those that the file beside it last saw.

The file lies under `LARGESSE_DATA` and learns only numbers that are committed, so it can be behind the database, never ahead, unless the
database is an older one: a restored backup, which says of messages that they wait and does not know that they were sent.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

import settings
from domain.tables.workspace import Project


@dataclass(frozen=True)
class Mark:
    """`follows` is the word that a restored database took over from, once it is held: whoever remembers that word may trust this one."""

    word: str
    number: int
    follows: str = ""

    def __str__(self) -> str:
        return f"{self.word} {self.number} {self.follows}".strip()


def parsed(mark: str) -> Mark | None:
    """The mark that this text is; None where it is none."""
    word, number, follows = (*mark.split(), "", "", "")[:3]
    return Mark(word, int(number), follows) if word and number.isdigit() else None


def file_of_mark() -> Path:
    """Where this machine remembers the database."""
    return settings.current().data / "database_mark"


def remembered(file: Path) -> Mark | None:
    """What the file says; None where there is none."""
    try:
        return parsed(file.read_text())
    except (OSError, UnicodeDecodeError):
        return None


def remember(file: Path, mark: Mark) -> None:
    """Atomically; where the folder cannot be written to (a machine without one), nothing is remembered and nothing is compared."""
    beside = file.with_suffix(".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(f"{mark.word} {mark.number}\n")
        os.replace(beside, file)
    except OSError:
        return


def fits(known: Mark | None, seen: Mark | None) -> bool:
    """Whether the database that says `seen` is the one that is known, or took over from it."""
    if known is None:
        return True
    return seen is not None and (seen.follows == known.word or (seen.word == known.word and seen.number >= known.number))


def may_send(session: Session) -> bool:
    """Whether messages may leave on the word of this database. Every claim asks."""
    known = remembered(file_of_mark())
    return known is None or fits(known, parsed(session.scalar(select(Project.data_mark)) or ""))
