"""What does one line of a file say about a customer? Cells become checked values, or the words why they cannot."""

import datetime
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.customers.identify.batch import EMAIL, PHONE, SOURCE_ID
from domain.customers.imports.cells import permissions as permission_cells
from domain.customers.imports.cells.line import Action, DoubtfulNo, ImportLine
from domain.customers.imports.mapping import IGNORE, Column, ImportSettings
from domain.customers.imports.reading.reader import Record
from domain.customers.profiles import fields, metadata, readers
from domain.kernel.addresses import address_hash
from domain.kernel.base import folded
from domain.kernel.text import characters, csv_writer, dates
from domain.kernel.text.folding import fold


@dataclass(frozen=True)
class ImportLineProblem:
    """Something to say about a line."""

    line: int
    text: str
    column: str = ""
    left_out: bool = False
    cells: list[str] | None = None
    taken: bool = False
    """The cell was not left out: it counts as the text says."""


_SHORTENED = re.compile(r"\d+[.,]\d+[eE]\+\d+")


@dataclass(frozen=True)
class Converter:
    """The decisions of one import, ready to be applied to line after line. `permissions`: id -> name."""

    settings: ImportSettings
    readings: Sequence[readers.Reading]
    """How each column is read."""
    zone: str
    permissions: Mapping[uuid.UUID, str]
    now: datetime.datetime
    disarmed: bool = False
    """We wrote the file, and put a ' before cells that a spreadsheet could take for formulas."""
    actions: list[tuple[int, str, Action]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, (column, name) in enumerate(zip(self.settings.columns, self.settings.header, strict=True)):
            if column.to != IGNORE:
                self.actions.append((index, name, self._action(column, self.readings[index])))

    def convert(self, record: Record) -> tuple[ImportLine | None, list[ImportLineProblem]]:
        """The line, or None where it is left out, and what there is to say about it."""
        if wrong := record.wrong or self._ragged(record):
            return None, [ImportLineProblem(record.line, wrong, left_out=True, cells=record.cells or None)]
        line = ImportLine(record.line)
        about: dict[str, str] = {}
        cells, remarks = _clean(record)
        for index, name, act in self.actions:
            cell = cells[index].strip() if index < len(cells) else ""
            if cell[:1] == "'":
                cell = csv_writer.armed(cell) if self.disarmed else csv_writer.unguarded(cell)
            try:
                act(line, cell, about)
            except DoubtfulNo as doubt:
                remarks.append(ImportLineProblem(record.line, str(doubt), name, taken=True))
            except ValueError as wrong_cell:
                fatal = self.settings.leave_out_line
                remarks.append(ImportLineProblem(record.line, str(wrong_cell), name, fatal, record.cells if fatal else None))
        if any(remark.left_out for remark in remarks):
            return None, remarks
        self._date_consents(line, about, remarks, record)
        if unknown := _recognise(line):
            return None, [*remarks, ImportLineProblem(record.line, unknown, left_out=True, cells=record.cells)]
        return line, remarks

    def _reading_of(self, to: str) -> readers.Reading:
        return next(reading for column, reading in zip(self.settings.columns, self.readings, strict=True) if column.to == to)

    def _ragged(self, record: Record) -> str:
        width, cells = len(self.settings.header), record.cells
        if len(cells) == width or (len(cells) > width and not any(cells[width:])):
            return ""
        more = "more" if len(cells) > width else "fewer"
        count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        return f"It has {count}, the header has {width}: {more} than there are columns. Is a delimiter missing or not quoted?"

    def _action(self, column: Column, reading: readers.Reading) -> Action:
        match column.to:
            case "metadata":
                return self._metadata(column, reading)
            case "consents":
                return self._consents()
            case "consent_at" | "consent_how":
                return lambda line, cell, about: about.__setitem__(column.to, cell)
            case key if key in fields.BY_KEY:
                return self._fact(key, reading)
            case _:
                return permission_cells.action(column, reading, self.zone)

    def _fact(self, key: str, reading: readers.Reading) -> Action:
        field_ = fields.BY_KEY[key]
        read, clears = field_.read, self.settings.empty_clears and key != "source_id"
        hashed = key if field_.address else ""
        exact = key == "source_id" or field_.control is fields.Control.PHONE

        def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
            if cell:
                if exact and _SHORTENED.fullmatch(cell):
                    raise ValueError(f"“{cell}” was shortened by a spreadsheet; its last digits are gone.")
                line.columns[key] = value = read(cell, reading)
                if hashed:
                    line.columns[f"{key}_hash"] = address_hash(hashed, value)
            elif clears:
                line.columns[key] = ""
                if hashed:
                    line.columns[f"{key}_hash"] = ""

        return act

    def _metadata(self, column: Column, reading: readers.Reading) -> Action:
        key, type, clears = column.key, column.type, self.settings.empty_clears

        def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
            if cell:
                line.details[key] = metadata.read(cell, type, reading, self.zone)
            elif clears:
                line.details[key] = None

        return act

    def _consents(self) -> Action:
        by_name = {folded(name): str(id) for id, name in self.permissions.items()}

        def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
            whole = [cell] if folded(cell) in by_name else cell.replace("|", ";").replace(",", ";").split(";")
            for name in filter(None, map(str.strip, whole)):
                if folded(name) not in by_name:
                    raise ValueError(f"There is no permission “{name}”. Make it under Settings, Permissions, or correct the name.")
                line.consents.append({"permission": by_name[folded(name)], "given": True})

        return act

    def _date_consents(self, line: ImportLine, about: dict[str, str], remarks: list[ImportLineProblem], record: Record) -> None:
        if not line.consents:
            return
        at = self.now
        if text := about.get("consent_at"):
            try:
                at = min(dates.moment(text, self._reading_of("consent_at").day_first, self.zone), self.now)
            except ValueError:
                remarks.append(ImportLineProblem(record.line, f"“{text}” is no date; the permissions are dated by the import.", "When"))
        for consent in line.consents:
            consent["at"] = min(consent.get("at") or at, self.now).isoformat()
            consent |= {"how": f"import: {about['consent_how'][:200]}" if about.get("consent_how") else "import"}


def _clean(record: Record) -> tuple[list[str], list[ImportLineProblem]]:
    """Its cells with one kind of line end and without what cannot be kept, and the words for what was taken out."""
    whole = characters.one_line_end("\t".join(record.cells))
    found = characters.refused(whole)
    if found is None and whole.count("\n") == 0:
        return record.cells, _zero_bytes(record)
    cells = [characters.without_refused(characters.one_line_end(cell)) for cell in record.cells]
    if found is None:
        return cells, _zero_bytes(record)
    return cells, [ImportLineProblem(record.line, "Control characters were taken out of it.")]


def _zero_bytes(record: Record) -> list[ImportLineProblem]:
    return [ImportLineProblem(record.line, "Zero bytes were taken out of it.")] if record.nul else []


def _recognise(line: ImportLine) -> str:
    """Set by what the line knows its customer, or say that it does not."""
    if source_id := line.columns.get("source_id"):
        line.kind, line.key = SOURCE_ID, source_id
    elif email := line.columns.get("email"):
        line.kind, line.key = EMAIL, fold(email)
    elif phone := line.columns.get("phone"):
        line.kind, line.key = PHONE, phone
    else:
        return "It has no id, no e-mail address and no phone number to recognise the customer by."
    return ""
