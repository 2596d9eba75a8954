"""What are the lines of this file? Read from any byte offset on, in bounded memory, with every line that is broken named.

A quotation mark that is never closed would swallow the rest of the file: a record may not run over more than a hundred lines, nor
have another number of cells than the header when it runs over several. Then only its first line is left out.
"""

import csv
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from domain.customers.imports.reading.encodings import ENCODINGS

LONGEST_RECORD = 1 << 20
"""Bytes."""
MOST_LINES = 100
"""Physical lines of one record."""


@dataclass(frozen=True)
class Dialect:
    """How a file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    bom: int = 0
    """Bytes of the byte order mark."""
    newline: str = "\n"
    header: bool = True

    @property
    def start(self) -> int:
        """The offset of the first line."""
        return self.bom

    def as_json(self) -> dict[str, Any]:
        """JSON-ready; `Dialect(**stored)` reads it back."""
        return asdict(self)


@dataclass(frozen=True)
class Record:
    """One line of the table. `line` is its first physical line, `after` the offset behind it, `next_line` the line there."""

    line: int
    cells: list[str]
    after: int
    next_line: int
    wrong: str = ""
    """Why it cannot be used, in words; empty where it can."""
    nul: bool = False
    """Zero bytes were taken out of it."""


class _Runaway(Exception):
    """A record that does not end."""


@dataclass
class _Source:
    """Physical lines, decoded, with the place of each; the csv module pulls exactly those of one record."""

    file: IO[bytes]
    dialect: Dialect
    offset: int
    line: int
    begun: tuple[int, int] = (0, 0)
    second: tuple[int, int] = (0, 0)
    pieces: int = 0
    taken: int = 0
    wrong: str = ""
    nul: bool = False
    _plain: bool = field(init=False)

    def __post_init__(self) -> None:
        self.file.seek(self.offset)
        self._plain = not self.dialect.encoding.startswith("utf-16") and self.dialect.newline == "\n"

    def begin(self) -> None:
        self.begun = (self.offset, self.line)
        self.pieces = self.taken = 0
        self.wrong, self.nul = "", False

    def back_to_second_line(self) -> None:
        self.offset, self.line = self.second
        self.file.seek(self.offset)

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> str:
        raw = self._readline()
        if not raw:
            raise StopIteration
        self.offset += len(raw)
        self.line += 1
        self.pieces += 1
        self.taken += len(raw)
        if self.pieces == 1:
            self.second = (self.offset, self.line)
        if self.pieces > MOST_LINES or self.taken > LONGEST_RECORD:
            raise _Runaway
        return self._decoded(raw)

    def _readline(self) -> bytes:
        """One line, whatever its newline; of one that is too long, nothing is kept but its length."""
        raw = self._some()
        if len(raw) <= LONGEST_RECORD:
            return raw
        while len(more := self._some()) > LONGEST_RECORD:
            self.offset += len(more)
        self.offset += len(more)
        return raw

    def _some(self) -> bytes:
        if self._plain:
            return self.file.readline(LONGEST_RECORD + 1)
        return _cut(self.file, self.dialect.newline.encode(self.dialect.encoding))

    def _decoded(self, raw: bytes) -> str:
        try:
            line = raw.decode(self.dialect.encoding)
        except UnicodeDecodeError as broken:
            byte = raw[broken.start]
            self.wrong = f"Byte {broken.start + 1} of it (0x{byte:02X}) is not {_name(self.dialect.encoding)}."
            line = raw.decode(self.dialect.encoding, errors="replace")
        if "\0" in line:
            self.nul = True
            line = line.replace("\0", "")
        return line.replace("\r", "\n") if self.dialect.newline == "\r" else line


def _name(encoding: str) -> str:
    return ENCODINGS.get(encoding, encoding).partition(" (")[0].partition(",")[0]


def _cut(file: IO[bytes], newline: bytes) -> bytes:
    """Up to and including the next `newline` that stands on a character's boundary; a piece of a line that is too long."""
    step, line = len(newline), b""
    while piece := file.read(8192):
        begin = max(0, len(line) - len(line) % step)
        line += piece
        at = line.find(newline, begin)
        while at >= 0 and at % step:
            at = line.find(newline, at + 1)
        if at >= 0:
            file.seek(at + step - len(line), 1)
            return line[: at + step]
        if len(line) > LONGEST_RECORD:
            return line
    return line


def records(path: Path, dialect: Dialect, offset: int, line: int, width: int | None) -> Iterator[Record]:
    """The records from `offset` on, where `line` lines lie before it; blank ones are passed over. `width`: cells of the header."""
    with path.open("rb") as file:
        source = _Source(file, dialect, offset, line)
        cutter = csv.reader(source, delimiter=dialect.delimiter, strict=True)
        while True:
            source.begin()
            try:
                cells, wrong = next(cutter), ""
            except StopIteration:
                return
            except (csv.Error, _Runaway) as broken:
                cells, wrong = [], _torn(broken, source)
                source.back_to_second_line()
            if width is not None and source.pieces > 1 and not wrong and len(cells) != width:
                cells, wrong = [], _torn(None, source)
                source.back_to_second_line()
            if wrong:
                cutter = csv.reader(source, delimiter=dialect.delimiter, strict=True)
            elif not any(cells):
                continue
            yield Record(source.begun[1] + 1, cells, source.offset, source.line, wrong or source.wrong, source.nul)


def _torn(broken: Exception | None, source: _Source) -> str:
    if isinstance(broken, _Runaway) and source.pieces == 1:
        return f"It is longer than {LONGEST_RECORD >> 20} MB. Is this a CSV file?"
    if isinstance(broken, csv.Error) and "new-line" in str(broken):
        return "A line break stands in the middle of it, outside quotation marks."
    if isinstance(broken, csv.Error) and "expected after" in str(broken) and source.pieces == 1:
        return "Something follows a closing quotation mark. Write a quotation mark inside a cell twice."
    return "A quotation mark opens in it and is not closed. Close it, or write a quotation mark inside a cell twice."
