"""What do all lines of a file show, whatever its columns become? Looked through once, before anything is taken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from domain.customers.imports.reading.reader import Dialect, records
from domain.kernel.text import csv_writer
from domain.kernel.text.evidence import Evidence


@dataclass
class AllLines:
    """How far a file is looked through, and what its columns showed so far."""

    dialect: Dialect
    columns: list[Evidence]
    offset: int = 0
    line: int = 0
    lines: int = 0
    """Lines below the header."""
    ended: bool = False
    guarded: bool = field(default=False)
    """We wrote the file: a ' before a cell is ours only where we put one."""

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, read back by `from_json`."""
        return {
            "dialect": self.dialect.as_json(),
            "columns": [column.as_json() for column in self.columns],
            "at": [self.offset, self.line, self.lines],
            "ended": self.ended,
            "guarded": self.guarded,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "AllLines":
        """What `as_json` wrote."""
        columns = [Evidence.from_json(column) for column in stored["columns"]]
        offset, line, lines = stored["at"]
        return cls(Dialect(**stored["dialect"]), columns, offset, line, lines, stored["ended"], stored["guarded"])


def begin(dialect: Dialect, width: int, guarded: bool) -> AllLines:
    """Nothing looked at yet."""
    return AllLines(dialect, [Evidence() for _ in range(width)], dialect.start, guarded=guarded)


def read_next(path: Path, seen: AllLines, most: int) -> None:
    """Look at the next lines, at most so many."""
    unguarded = csv_writer.armed if seen.guarded else csv_writer.unguarded
    ended = True
    for record in islice(records(path, seen.dialect, seen.offset, seen.line, len(seen.columns)), most):
        first = seen.line == 0 and seen.dialect.header
        seen.offset, seen.line, ended = record.after, record.next_line, False
        if first:
            continue
        seen.lines += 1
        for column, cell in zip(seen.columns, record.cells, strict=False):
            if cell:
                column.add(record.line, unguarded(cell.strip()))
    seen.ended = ended
