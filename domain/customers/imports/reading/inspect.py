"""How is this file written? Encoding, delimiter and header are guessed from its own bytes; a person can say otherwise."""

import csv
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from domain.customers.imports.reading.encodings import byte_order_mark, encoding_of
from domain.customers.imports.reading.reader import Dialect, Record, records
from domain.kernel.errors import Refused
from domain.kernel.text.characters import without_refused

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar |"}
MOST_COLUMNS = 300
SAMPLE = 200
"""Lines that are looked at to guess what the columns hold."""


@dataclass(frozen=True)
class FileFormat:
    """A file as it was understood: how it is written, its header, and its first lines."""

    dialect: Dialect
    header: list[str]
    rows: list[list[str]]
    broken: list[Record]
    """Those of the first lines that could not be read."""

    def column(self, index: int) -> list[str]:
        """The cells of one column in the first lines."""
        return [row[index] for row in self.rows if index < len(row)]


def detect_format(path: Path, encoding: str = "", delimiter: str = "", header: bool = True) -> FileFormat:
    """What the file looks like; what is not given is guessed. Raises Refused in words where there is nothing to import in it."""
    bom, by_bom = byte_order_mark(path)
    encoding = encoding or by_bom or encoding_of(path)
    dialect = Dialect(encoding, delimiter or ",", bom if by_bom == encoding else 0, _newline(path, encoding), header)
    if not delimiter:
        dialect = replace(dialect, delimiter=_delimiter(path, dialect))
    return _understood(path, dialect)


def _understood(path: Path, dialect: Dialect) -> FileFormat:
    rows: list[list[str]] = []
    broken: list[Record] = []
    names: list[str] | None = None
    for record in records(path, dialect, dialect.start, 0, width=None):
        if names is None and record.wrong:
            raise Refused({"file": f"The first line cannot be read: {record.wrong} Choose another encoding or delimiter."})
        if names is None:
            names = (
                [without_refused(cell).strip() for cell in record.cells]
                if dialect.header
                else [f"Column {n}" for n, _ in enumerate(record.cells, 1)]
            )
            if dialect.header:
                continue
        if record.wrong or len(record.cells) != len(names):
            broken.append(record)
        else:
            rows.append(record.cells)
        if len(rows) + len(broken) >= SAMPLE:
            break
    if names is None:
        raise Refused({"file": "The file is empty. Choose a CSV file with a header and at least one line below it."})
    if len(names) > MOST_COLUMNS:
        raise Refused({"file": f"The file has {len(names)} columns; at most {MOST_COLUMNS} are read. Is the delimiter right?"})
    if not rows and not broken:
        raise Refused({"file": "The file has a header and nothing below it."})
    return FileFormat(dialect, names, rows, broken)


def _newline(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        head = file.read(1 << 16).decode(encoding, errors="ignore")
    return "\r" if "\r" in head and "\n" not in head else "\n"


def _delimiter(path: Path, dialect: Dialect) -> str:
    """The one that cuts most of the first lines into the same number of cells, more than one."""
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        for record in records(path, replace(dialect, delimiter=delimiter), dialect.start, 0, width=None):
            if not record.wrong:
                widths[len(record.cells)] += 1
            if record.line > 50:
                break
        width, lines = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        if width > 1 and (lines, width) > most:
            best, most = delimiter, (lines, width)
    return best


csv.field_size_limit(1 << 21)  # reader bounds a record before this does
