"""What do the columns of a file mean? Guessed from their names and cells, decided by a person, checked before anything starts."""

import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.customers.imports.inspect import FileFormat
from domain.customers.imports.reader import Dialect
from domain.customers.profiles import fields, metadata

IGNORE = ""
SPECIAL = {
    "metadata": "Metadata",
    "consent": "A permission: yes or no",
    "consents": "Names of permissions given",
    "consent_at": "When the permissions were given",
    "consent_how": "How the permissions were given",
    "suppress": "Never write to: yes or no",
}
"""What a column can be besides a customer's own facts."""
RECOGNISE = tuple(f.key for f in sorted(fields.FIELDS, key=lambda f: f.recognised) if f.recognised)
"""The facts a customer is recognised by, the best first."""
_CONSENT_NAMES = {
    "consents": ("consents", "permissions", "purpose", "purposes", "consentpurpose"),
    "consent_at": ("consentat", "consentdate", "consentwhen", "optedinat", "optinat", "optindate", "subscribedat"),
    "consent_how": ("consenthow", "consentsource", "optinsource", "subscribesource"),
    "suppress": ("suppressed", "suppress", "donotcontact", "blacklisted", "blocked"),
}


@dataclass(frozen=True)
class Column:
    """What becomes of one column. `to`: a key of `fields.FIELDS`, of SPECIAL, or IGNORE; `key` the metadata's or permission's."""

    to: str = IGNORE
    key: str = ""
    type: str = "text"


@dataclass(frozen=True)
class ImportSettings:
    """Everything a person decided about one import."""

    dialect: Dialect
    header: tuple[str, ...]
    columns: tuple[Column, ...]
    empty_clears: bool = False
    """An empty cell takes the fact away instead of keeping it."""
    react: bool = False
    """Live distributions see who enters and leaves segments through this import."""
    leave_out_line: bool = True
    """A cell that is wrong leaves its whole line out; otherwise only the cell."""
    day_first: bool = True
    lines: int = field(default=0)
    """About how many, guessed from the size."""

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, read back by `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "ImportSettings":
        """The settings that `as_json` wrote."""
        return cls(
            **{
                **stored,
                "dialect": Dialect(**stored["dialect"]),
                "header": tuple(stored["header"]),
                "columns": tuple(Column(**column) for column in stored["columns"]),
            }
        )


REPORT = ("Line", "Outcome", "Column", "Why")
"""The first columns of a report: a file that begins with them is one of ours, put right and imported again."""


def is_report(header: Sequence[str]) -> bool:
    """Whether this file is a report of an earlier import."""
    return tuple(header[: len(REPORT)]) == REPORT


def is_guarded(header: Sequence[str]) -> bool:
    """Whether we wrote this file, so that cells that a spreadsheet could take for formulas have a leading ': a report, or all customers."""
    return is_report(header) or tuple(header[: len(fields.EXPORTED)]) == fields.EXPORTED


def guess(seen: FileFormat, permissions: Mapping[str, str], known: Mapping[str, str]) -> tuple[Column, ...]:
    """A meaning for each column. `permissions`: folded name -> id; `known`: the registered types of metadata."""
    taken: set[str] = set()
    columns = []
    for index, name in enumerate(seen.header):
        column = _guessed(name, seen.column(index), permissions, known)
        mark = f"{column.to}:{column.key}"
        if (
            mark in taken
            or (is_report(seen.header) and index < len(REPORT))
            or (column.to == "source_id" and fields.letters(name) == "id" and _has_better_id(seen.header))
        ):
            column = Column()
        else:
            taken.add(mark)
        columns.append(column)
    return tuple(columns)


def _guessed(name: str, cells: list[str], permissions: Mapping[str, str], known: Mapping[str, str]) -> Column:
    plain = fields.letters(name)
    if not plain:
        return Column()
    for field_ in fields.FIELDS:
        if plain in field_.known_as:
            return Column(field_.key)
    for to, names in _CONSENT_NAMES.items():
        if plain in names:
            return Column(to)
    for permission, id in permissions.items():
        if plain in {fields.letters(permission), f"consent{fields.letters(permission)}"}:
            return Column("consent", id)
    key = as_key(name)
    return Column("metadata", key, known.get(key) or metadata.guess(cells))


def _has_better_id(header: Sequence[str]) -> bool:
    better = fields.BY_KEY["source_id"].known_as - {"id"}
    return any(fields.letters(name) in better for name in header)


def as_key(name: str) -> str:
    """A header as a key of metadata: `Last order (UK)` -> `last_order_uk`."""
    key = re.sub(r"\W+", "_", name.strip().casefold()).strip("_")[:64]
    return f"_{key}"[:64] if key[:1].isdigit() else key


def mistakes(
    columns: Sequence[Column], header: Sequence[str], permissions: Mapping[uuid.UUID, str], known: Mapping[str, str]
) -> dict[str, str]:
    """What keeps these columns from being imported, by field: `columns` for the whole, `column.<n>` (from 0) for one."""
    found: dict[str, str] = {}
    uses = Counter((c.to, c.key) for c in columns if c.to != IGNORE)
    for n, (column, name) in enumerate(zip(columns, header, strict=True)):
        if wrong := _wrong(column, permissions, known):
            found[f"column.{n}"] = wrong
        elif column.to != IGNORE and uses[column.to, column.key] > 1:
            others = [h for i, h in enumerate(header) if i != n and (columns[i].to, columns[i].key) == (column.to, column.key)]
            found[f"column.{n}"] = f"“{name}” and “{others[0]}” cannot both be this. Leave one of them out."
    kinds = {c.key: c.type for c in columns if c.to == "metadata"}
    for n, column in enumerate(columns):
        if column.to == "metadata" and kinds[column.key] != column.type:
            found.setdefault(f"column.{n}", f"“{column.key}” is used with two types.")
    if not any(c.to in RECOGNISE for c in columns):
        found["columns"] = "Choose a column for your id, the e-mail address or the phone number: customers are recognised by one of them."
    return found


def _wrong(column: Column, permissions: Mapping[uuid.UUID, str], known: Mapping[str, str]) -> str:
    if column.to == "metadata":
        if not metadata.KEY.fullmatch(column.key):
            return f"“{column.key}” cannot be a key: letters, digits and _ only, and no digit first."
        if column.type not in metadata.TYPES:
            return "Choose what kind of values it holds."
        if (registered := known.get(column.key, column.type)) != column.type:
            return f"“{column.key}” is {metadata.TYPES[registered].lower()} already, and stays it. Choose that, or another key."
    if column.to == "consent" and column.key not in {str(id) for id in permissions}:
        return "Choose which permission it is."
    if column.to != IGNORE and column.to not in fields.BY_KEY and column.to not in SPECIAL:
        return "Choose what it holds."
    return ""
