"""Why was a command not carried out? What a person can put right, by field and in words."""

import datetime


class Refused(Exception):
    """The input is wrong. `mistakes`: field -> what is wrong and how to put it right; field `""` is the whole."""

    def __init__(self, mistakes: dict[str, str]) -> None:
        super().__init__(" ".join(mistakes.values()))
        self.mistakes = mistakes


class Stale(Exception):
    """Somebody else saved this since it was opened."""

    def __init__(self, by: str, at: datetime.datetime, changed: dict[str, str] | None = None, what: str = "this") -> None:
        super().__init__(f"{by or 'Somebody'} changed {what} at {at:%H:%M:%S}.")
        self.by = by
        self.at = at
        self.what = what
        self.changed = changed or {}
        """Field -> its value now, for those that differ from what was about to be saved."""


class Ambiguous(ValueError):
    """A text that can mean two things. Nobody guesses: a file, a person or another notation decides."""
