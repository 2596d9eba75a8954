"""What do the cells of a column prove about how it is written? Counted over all lines, with the first lines of each kind to show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.kernel.text import dates, numbers

POINT, COMMA, EITHER_SIGN = "point", "comma", "either sign"
DAY, MONTH, EITHER_ORDER = "day", "month", "either order"
ZERO, SHORTENED, BROKEN = "zero", "shortened", "broken"
KINDS = {
    POINT: "have a point before decimals",
    COMMA: "have a comma before decimals",
    EITHER_SIGN: "have a sign that could be one for thousands or for decimals",
    DAY: "have the day before the month",
    MONTH: "have the month before the day",
    EITHER_ORDER: "are dates whose day and month could be swapped",
    ZERO: "begin with a zero that a number would lose",
    SHORTENED: "were shortened by a spreadsheet",
    BROKEN: "have letters that this encoding cannot tell",
}
"""What a cell can show, and how that is said of several."""
SHOWN = 3
"""So many lines of each kind are kept."""
_OF_NUMBERS = {numbers.POINT: POINT, numbers.COMMA: COMMA, numbers.DOUBTFUL: EITHER_SIGN, "": ""}
_OF_DATES = {dates.DAY: DAY, dates.MONTH: MONTH, dates.DOUBTFUL: EITHER_ORDER, "": ""}


def kind_of(cell: str) -> str:
    """What this cell shows, of KINDS; empty for nothing."""
    if not cell.isascii() and any("\x80" <= c <= "\x9f" or c == "\ufffd" for c in cell):
        return BROKEN
    if len(cell) > 40 or not (cell[:1].isdigit() or cell[:1] in set("+-.,")):
        return ""
    if cell.isdigit():
        return ZERO if cell[0] == "0" and len(cell) > 1 else ""
    return _of_signs(cell)


def _of_signs(cell: str) -> str:
    if len(cell) > 7 and ("/" in cell or cell.count("-") > 1):
        return _OF_DATES[dates.order(cell)]
    if numbers.shortened(cell):
        return SHORTENED
    return _OF_NUMBERS[numbers.proof(numbers.without_spaces(cell))] if "," in cell or "." in cell else ""


@dataclass
class Evidence:
    """What the cells of one column showed: kind -> how many, and the first of them with their lines."""

    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, line: int, cell: str) -> None:
        """Look at one more cell."""
        if kind := kind_of(cell):
            self.counts[kind] = self.counts.get(kind, 0) + 1
            if len(shown := self.first.setdefault(kind, [])) < SHOWN:
                shown.append((line, cell[:60]))

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, read back by `from_json`."""
        return {"counts": self.counts, "first": self.first}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Evidence":
        """What `as_json` wrote."""
        first = {kind: [(int(line), str(cell)) for line, cell in shown] for kind, shown in stored["first"].items()}
        return cls(dict(stored["counts"]), first)


def decimal_sign(columns: Iterable[Evidence]) -> str:
    """The sign before decimals, where these columns prove one and none proves the other; else empty."""
    return {"p": numbers.POINT, "c": numbers.COMMA, "": ""}[_only(columns, {POINT: "p", COMMA: "c"})]


def day_first(columns: Iterable[Evidence]) -> bool | None:
    """Whether days come first in dates, where these columns prove it and nothing proves the contrary; else None."""
    return {"d": True, "m": False, "": None}[_only(columns, {DAY: "d", MONTH: "m"})]


def _only(columns: Iterable[Evidence], wanted: Mapping[str, str]) -> str:
    found = {wanted[kind] for column in columns for kind in column.counts if kind in wanted}
    return found.pop() if len(found) == 1 else ""
