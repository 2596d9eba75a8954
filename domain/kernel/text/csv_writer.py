"""How is a CSV file written that a spreadsheet cannot be tricked by?"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)?|\d{1,3}(,\d{3})+(\.\d+)?)")
_GUARD = re.compile(r"'(?:[=+@-]|\t|[\d ()/.+-]+$)")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula; numbers and phone numbers in E.164 stay as they are."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_DANGEROUS) and not _NUMBER.fullmatch(text) else text


def armed(cell: str) -> str:
    """What `guarded` made of a cell, undone."""
    return cell[1:] if cell.startswith("'") and guarded(cell[1:]) == cell else cell


def unguarded(cell: str) -> str:
    """A cell of somebody else's export without the apostrophe that kept a spreadsheet from reading a formula or a number in it."""
    return cell[1:] if _GUARD.match(cell) else cell


def lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV, line by line, guarded; to be streamed. UTF-8 with a byte order mark, which Excel asks for."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
