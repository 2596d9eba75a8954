"""What does one line say that can be merged? Columns, metadata, permissions, and by what its customer is recognised."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ImportLine:
    """A line that can be merged. A column that is absent keeps what is there; an empty value takes it away."""

    line: int
    kind: int = 0
    key: str = ""
    columns: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    consents: list[dict[str, Any]] = field(default_factory=list)
    suppress: bool = False
    suppress_email: bool = False
    """Never written to by e-mail; by other ways as the permissions say."""

    def staged(self, names: Sequence[str]) -> tuple[Any, ...]:
        """The row of the staging table: line, kind, key, details, consents, suppress, suppress_email, and the columns by name."""
        found = map(self.columns.get, names)
        values = (value if value is None or type(value) is str else str(value) for value in found)
        details = json.dumps(self.details) if self.details else "{}"
        consents = json.dumps(self.consents) if self.consents else None
        return (self.line, self.kind, self.key, details, consents, self.suppress, self.suppress_email, *values)


class DoubtfulNo(ValueError):
    """A cell that could be read as a no, and counts as one: its line is taken whatever is done with wrong cells."""


Action = Callable[[ImportLine, str, dict[str, str]], None]
"""Puts a cell into its line, and what is said about the line's permissions into the dict. Raises ValueError in words."""
