"""What is one line of the list before it goes?"""

import uuid
from dataclasses import dataclass

ORDER = {"bad": 0, "warn": 1, "unknown": 2, "good": 3}


@dataclass(frozen=True)
class PreflightCheck:
    """One line of the list. `about` is what the link leads to.

    `level`: `bad` (cannot be launched), `warn` (look at it), `unknown` (nobody can tell), `good`.
    """

    level: str
    title: str
    text: str = ""
    about: str = ""
    """`trigger`, `action`, `channels` (steps), `connection`, `campaign`, `segment`, `project`; empty: no link."""
    id: uuid.UUID | None = None
    link: str = ""
    topic: str = ""
    """Of a good one: what it is about, in a word, for the line that folds them."""
