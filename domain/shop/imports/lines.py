"""What does one line of a file say of an order? Its cells become checked values, or the words why they cannot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.customers.imports.convert import ImportLineProblem
from domain.customers.imports.mapping import IGNORE, ImportSettings
from domain.customers.imports.reading.reader import Record
from domain.customers.profiles import readers
from domain.kernel.text import characters, csv_writer, dates, money
from domain.shop.imports.columns import KEYS
from domain.shop.orders.wanted import STATUSES

MOST_QUANTITY = 1_000_000
_WORDS = {
    "canceled": "canceled cancelled refunded returned voided void failed",
    "fulfilled": "fulfilled completed complete delivered shipped closed",
    "paid": "paid done processing partiallyrefunded",
    "created": "created pending open authorized onhold new",
}
STATUS = {word: status for status, words in _WORDS.items() for word in words.split()}
"""What shops call it, without anything but letters -> our status."""
_WHOLE_AS_DECIMAL = re.compile(r"(\d+)\.0")


@dataclass(frozen=True)
class LineReader:
    """The decisions of one import, ready for line after line."""

    settings: ImportSettings
    readings: Sequence[readers.Reading]
    zone: str
    currency: str

    def read(self, record: Record) -> tuple[dict[str, Any] | None, list[ImportLineProblem]]:
        """What the line says, JSON-ready, or None where it is left out; and what there is to say about it."""
        width = len(self.settings.header)
        if record.wrong or len(record.cells) != width:
            words = record.wrong or f"It has {len(record.cells)} cells, the header has {width}."
            return None, [ImportLineProblem(record.line, words, left_out=True, cells=record.cells or None)]
        said: dict[str, Any] = {}
        for n, (column, name) in enumerate(zip(self.settings.columns, self.settings.header, strict=True)):
            cell = csv_writer.unguarded(characters.without_refused(record.cells[n]).strip())
            if column.to != IGNORE and cell:
                try:
                    said[column.to] = self._value(column.to, cell, self.readings[n])
                except ValueError as wrong:
                    return None, [ImportLineProblem(record.line, str(wrong), name, True, record.cells)]
        if missing := _missing(said):
            return None, [ImportLineProblem(record.line, missing, left_out=True, cells=record.cells)]
        return said, []

    def _value(self, to: str, cell: str, reading: readers.Reading) -> Any:
        match to:
            case "placed":
                return dates.moment(cell, reading.day_first, self.zone).isoformat()
            case "quantity":
                return quantity(cell, reading)
            case "price" | "order_discount":
                units = money.minor_units(cell, self.currency, reading.decimal)
                if units < 0:
                    raise ValueError(f"“{cell}” is below 0.")
                return units
            case "status":
                return status(cell)
            case "email" | "phone":
                return getattr(readers, to)(cell, reading)
            case _:
                return readers.text(_WHOLE_AS_DECIMAL.sub(r"\1", cell) if _WHOLE_AS_DECIMAL.fullmatch(cell) else cell, reading)


def quantity(cell: str, reading: readers.Reading) -> int:
    """A whole number that may be below 0: what was taken back. Raises ValueError in words."""
    found = readers.number(cell, reading)
    if found != int(found) or not 0 < abs(found) <= MOST_QUANTITY:
        raise ValueError(f"“{cell[:100]}” is no quantity. Write a whole number like 2.")
    return int(found)


def status(cell: str) -> str:
    """Our status for the shop's word. Raises ValueError in words."""
    word = re.sub(r"[^a-z]", "", cell.casefold())
    if word not in STATUS:
        raise ValueError(f"“{cell[:100]}” is no status. Write {', '.join(STATUSES)}.")
    return STATUS[word]


def _missing(said: Mapping[str, Any]) -> str:
    if not said.get("order"):
        return "It has no number of an order."
    if not any(said.get(key) for key in KEYS):
        return "It says no customer: neither an id nor an address."
    return "" if said.get("placed") else "It does not say when the order was placed."
