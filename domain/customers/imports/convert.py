"""What does one line of a file say about a customer? Cells become checked values, or the words why they cannot."""

import datetime
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.customers.imports.mapping import IGNORE, Column, ImportSettings
from domain.customers.imports.reader import Record
from domain.customers.profiles import fields, metadata, readers
from domain.kernel import csv_writer
from domain.kernel.addresses import address_hash
from domain.kernel.base import folded
from domain.kernel.text.folding import fold

YES = metadata.YES | {"given", "subscribed", "optin", "opt-in", "opted in", "granted", "active"}
NO = metadata.NO | {"withdrawn", "unsubscribed", "optout", "opt-out", "opted out", "denied", "revoked", "never"}
SUPPRESSED = YES | {"bounced", "complained", "unsubscribed", "stop", "blocked"}
EMAIL, PHONE, SOURCE_ID = 1, 2, 3
"""By what a line recognises its customer; also the order in which the kinds are merged."""


@dataclass(frozen=True)
class ImportLineProblem:
    """Something to say about a line."""

    line: int
    text: str
    column: str = ""
    left_out: bool = False
    cells: list[str] | None = None


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

    def staged(self, names: Sequence[str]) -> tuple[Any, ...]:
        """The row of the staging table: line, kind, key, the columns by name, details, consents, suppress."""
        values = (None if (value := self.columns.get(name)) is None else str(value) for name in names)
        consents = json.dumps(self.consents) if self.consents else None
        return (self.line, self.kind, self.key, *values, json.dumps(self.details), consents, self.suppress)


@dataclass(frozen=True)
class Converter:
    """The decisions of one import, ready to be applied to line after line. `permissions`: id -> name."""

    settings: ImportSettings
    reading: readers.Reading
    zone: str
    permissions: Mapping[uuid.UUID, str]
    now: datetime.datetime
    disarmed: bool = False
    """We wrote the file, and put a ' before cells that a spreadsheet could take for formulas."""
    actions: list[tuple[int, str, Callable[[ImportLine, str, dict[str, str]], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, (column, name) in enumerate(zip(self.settings.columns, self.settings.header, strict=True)):
            if column.to != IGNORE:
                self.actions.append((index, name, self._action(column)))

    def convert(self, record: Record) -> tuple[ImportLine | None, list[ImportLineProblem]]:
        """The line, or None where it is left out, and what there is to say about it."""
        if wrong := record.wrong or self._ragged(record):
            return None, [ImportLineProblem(record.line, wrong, left_out=True, cells=record.cells or None)]
        line = ImportLine(record.line)
        about: dict[str, str] = {}
        remarks: list[ImportLineProblem] = []
        for index, name, act in self.actions:
            cell = record.cells[index].strip() if index < len(record.cells) else ""
            if self.disarmed and cell[:1] == "'":
                cell = csv_writer.armed(cell)
            try:
                act(line, cell, about)
            except ValueError as wrong_cell:
                fatal = self.settings.leave_out_line
                remarks.append(ImportLineProblem(record.line, str(wrong_cell), name, fatal, record.cells if fatal else None))
        if any(remark.left_out for remark in remarks):
            return None, remarks
        self._date_consents(line, about, remarks, record)
        if record.nul:
            remarks.append(ImportLineProblem(record.line, "Zero bytes were taken out of it."))
        if unknown := _recognise(line):
            return None, [*remarks, ImportLineProblem(record.line, unknown, left_out=True, cells=record.cells)]
        return line, remarks

    def _ragged(self, record: Record) -> str:
        width, cells = len(self.settings.header), record.cells
        if len(cells) == width or (len(cells) > width and not any(cells[width:])):
            return ""
        more = "more" if len(cells) > width else "fewer"
        count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
        return f"It has {count}, the header has {width}: {more} than there are columns. Is a delimiter missing or not quoted?"

    def _action(self, column: Column) -> Callable[[ImportLine, str, dict[str, str]], None]:
        match column.to:
            case "metadata":
                return self._metadata(column)
            case "consent":
                return self._consent(column)
            case "consents":
                return self._consents()
            case "consent_at" | "consent_how":
                return lambda line, cell, about: about.__setitem__(column.to, cell)
            case "suppress":
                return _suppress
            case _:
                return self._fact(column.to)

    def _fact(self, key: str) -> Callable[[ImportLine, str, dict[str, str]], None]:
        field_ = fields.BY_KEY[key]
        read, reading, clears = field_.read, self.reading, self.settings.empty_clears and key != "source_id"
        hashed = key if field_.address else ""

        def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
            if cell:
                line.columns[key] = value = read(cell, reading)
                if hashed:
                    line.columns[f"{key}_hash"] = address_hash(hashed, value)
            elif clears:
                line.columns[key] = ""
                if hashed:
                    line.columns[f"{key}_hash"] = ""

        return act

    def _metadata(self, column: Column) -> Callable[[ImportLine, str, dict[str, str]], None]:
        key, type, clears = column.key, column.type, self.settings.empty_clears

        def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
            if cell:
                line.details[key] = metadata.read(cell, type, self.reading, self.zone)
            elif clears:
                line.details[key] = None

        return act

    def _consent(self, column: Column) -> Callable[[ImportLine, str, dict[str, str]], None]:
        def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
            if cell:
                line.consents.append({"permission": column.key, "given": _said(cell)})

        return act

    def _consents(self) -> Callable[[ImportLine, str, dict[str, str]], None]:
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
                at = min(metadata.moment(text, self.reading, self.zone), self.now)
            except ValueError:
                remarks.append(ImportLineProblem(record.line, f"“{text}” is no date; the permissions are dated by the import.", "When"))
        for consent in line.consents:
            consent |= {"at": at.isoformat(), "how": f"import: {about['consent_how'][:200]}" if about.get("consent_how") else "import"}


def _said(cell: str) -> bool:
    word = cell.casefold()
    if word not in YES and word not in NO:
        raise ValueError(f"“{cell}” is neither yes nor no.")
    return word in YES


def _suppress(line: ImportLine, cell: str, about: dict[str, str]) -> None:
    word = cell.casefold()
    if word and word not in SUPPRESSED and word not in NO:
        raise ValueError(f"“{cell}” is neither yes nor no.")
    line.suppress = word in SUPPRESSED


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
