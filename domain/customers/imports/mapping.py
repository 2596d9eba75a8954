"""What do the columns of a file mean, and how is it read? Decided by a person, checked before anything starts."""

import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.conditions.facts import Type
from domain.customers.imports.reading.reader import Dialect
from domain.customers.profiles import fields, metadata

IGNORE = ""
SPECIAL = {
    "metadata": "Metadata",
    "consent": "A permission: yes or no",
    "given": "A permission: given at (a date)",
    "withdrawn": "A permission: withdrawn at (a date)",
    "optout": "A permission: opted out, yes or no",
    "consents": "Names of permissions given",
    "consent_at": "When the permissions were given",
    "consent_how": "How the permissions were given",
    "suppress": "Never write to: yes or no",
    "suppress_at": "Never write to, where it says anything",
    "suppress_email": "Never write to by e-mail: yes or no",
    "suppress_email_at": "Never write to by e-mail, where it says anything",
}
"""What a column can be besides a customer's own facts."""
OF_A_PERMISSION = frozenset({"consent", "given", "withdrawn", "optout"})
"""Those whose key is a permission."""
SUPPRESSING = frozenset({"suppress", "suppress_at", "suppress_email", "suppress_email_at"})
"""Those that say who must never be written to, whatever is permitted."""
REPEATED = SUPPRESSING | {"withdrawn", "optout"}
"""Several columns may say no, each for itself."""
_DATED = frozenset({"given", "withdrawn", "consent_at"})
RECOGNISE = tuple(f.key for f in sorted(fields.FIELDS, key=lambda f: f.recognised) if f.recognised)
"""The facts a customer is recognised by, the best first."""


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
    export: str = ""
    """The key of the known export it is; empty for any other file."""
    guessed: bool = True
    """No person has decided anything yet."""
    react: bool = False
    """Live distributions see who enters and leaves segments through this import."""
    leave_out_line: bool = False
    """A cell that is wrong leaves its whole line out; otherwise only the cell."""
    day_first: bool | None = None
    """In dates whose day and month could be swapped; None: as the other lines of the file prove."""
    decimal: str = ""
    """The sign before decimals in numbers where it could be one for thousands; empty: as the other lines prove."""
    dial_code: str = ""
    """Country whose dial code is given to phone numbers without one (`GB`); empty: the project's."""
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


def kind(column: Column) -> str:
    """What its cells are read as: a type of metadata, or `phone`, `id`; empty for what is read as it stands."""
    if column.to in _DATED:
        return "datetime"
    if column.to == "metadata":
        return column.type
    field_ = fields.BY_KEY.get(column.to)
    if field_ is None:
        return ""
    if field_.fact in {Type.DATE, Type.NUMBER}:
        return field_.fact.value
    return {fields.Control.PHONE: "phone", fields.Control.CODE: "id"}.get(field_.control, "")


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
        elif column.to != IGNORE and column.to not in REPEATED and uses[column.to, column.key] > 1:
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
    if column.to in OF_A_PERMISSION and column.key not in {str(id) for id in permissions}:
        return "Choose which permission it is."
    if column.to != IGNORE and column.to not in fields.BY_KEY and column.to not in SPECIAL:
        return "Choose what it holds."
    return ""
