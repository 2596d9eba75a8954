"""What do the columns of a file probably mean? Guessed from known exports, their names and cells; a person decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.customers.imports.exports.catalogue import recognised
from domain.customers.imports.exports.contract import KnownExport
from domain.customers.imports.mapping import IGNORE, REPEATED, REPORT, Column, ImportSettings, as_key, is_report
from domain.customers.imports.reading.inspect import FileFormat
from domain.customers.profiles import fields, metadata
from domain.customers.profiles.header_words import FAMILY_BESIDE, GERMAN, GIVEN_BESIDE, letters
from domain.kernel.text import evidence
from domain.kernel.text.evidence import Evidence

_CONSENT_NAMES = {
    "consents": ("consents", "permissions", "purpose", "purposes", "consentpurpose"),
    "consent_at": ("consentat", "consentdate", "consentwhen", "optedinat", "optinat", "optindate", "subscribedat"),
    "consent_how": ("consenthow", "consentsource", "optinsource", "subscribesource"),
    "suppress": ("suppressed", "suppress", "donotcontact", "blacklisted", "blocked"),
    "suppress_email": (
        "unsubscribed", "unsubscribe", "optout", "optedout", "emailoptout", "optedoutofemail", "hasoptedoutofemail", "emailoptedout",
        "donotemail", "nomail", "noemail",
    ),
}  # fmt: skip
_NO_OF_NOBODYS = {"withdrawn": "suppress_email_at", "optout": "suppress_email"}
"""A no by e-mail that belongs to no permission yet: it holds for all of them until a person chooses one."""


@dataclass(frozen=True)
class Surroundings:
    """What is known before the file is looked at."""

    permissions: Mapping[str, str]
    """Folded name -> id."""
    of_channel: Mapping[str, str]
    """Channel -> id of the one permission it has; without those that several or none are for."""
    types: Mapping[str, str]
    """The registered types of metadata."""


def guess(seen: FileFormat, known: Surroundings) -> tuple[Column, ...]:
    """A meaning for each column."""
    export = recognised(seen.header)
    taken: set[str] = set()
    columns = []
    for index, name in enumerate(seen.header):
        column = _of_export(export, name, seen.column(index), known) or _guessed(name, seen.column(index), known)
        mark = f"{column.to}:{column.key}"
        if (
            (mark in taken and column.to not in REPEATED)
            or (is_report(seen.header) and index < len(REPORT))
            or (column.to == "source_id" and letters(name) == "id" and _has_better_id(seen.header))
        ):
            column = Column()
        else:
            taken.add(mark)
        columns.append(column)
    return tuple(_parts_of_names(seen.header, columns))


def _of_export(export: KnownExport | None, name: str, cells: list[str], known: Surroundings) -> Column | None:
    """What a known export says of this column; None where its header alone tells."""
    meaning = None if export is None else export.meaning(name)
    if export is None or (meaning is None and name not in export.texts):
        return None
    to, _, channel = ("metadata" if meaning is None else meaning).partition(":")
    if channel:
        if channel in known.of_channel:
            return Column(to, known.of_channel[channel])
        return Column(_NO_OF_NOBODYS.get(to, IGNORE) if channel == "email" else IGNORE)
    if to != "metadata":
        return Column(to)
    key = as_key(name)
    return Column(to, key, known.types.get(key) or ("text" if name in export.texts else metadata.guess(cells)))


def _parts_of_names(header: Sequence[str], columns: list[Column]) -> list[Column]:
    """`Nome` beside `Cognome` is the first name; `Name` beside `Vorname` the last."""
    there = {column.to for column in columns}
    german = GERMAN in map(letters, header)
    for beside, missing, words in (
        ("last_name", "first_name", GIVEN_BESIDE),
        ("first_name", "last_name", FAMILY_BESIDE if german else FAMILY_BESIDE - {"name"}),
    ):
        if beside in there and missing not in there:
            columns = [
                Column(missing) if column.to == "name" and letters(name) in words else column
                for name, column in zip(header, columns, strict=True)
            ]
    return columns


def _guessed(name: str, cells: list[str], known: Surroundings) -> Column:
    plain = letters(name)
    if not plain:
        return Column()
    for field_ in fields.FIELDS:
        if plain in field_.known_as:
            return Column(field_.key)
    for to, names in _CONSENT_NAMES.items():
        if plain in names:
            return Column(to)
    for permission, id in known.permissions.items():
        if plain in {letters(permission), f"consent{letters(permission)}"}:
            return Column("consent", id)
    key = as_key(name.removeprefix("metadata."))
    return Column("metadata", key, known.types.get(key) or metadata.guess(cells))


def adjusted(settings: ImportSettings, columns: Sequence[Evidence], known: Mapping[str, str]) -> ImportSettings:
    """The guess, put right by what all lines showed: what a number would spoil is text, unless its key is registered otherwise."""
    spoilt = {evidence.ZERO, evidence.SHORTENED}
    return replace(
        settings,
        columns=tuple(
            Column(column.to, column.key, "text")
            if column.to == "metadata" and column.key not in known and column.type != "text" and not spoilt.isdisjoint(seen.counts)
            else column
            for column, seen in zip(settings.columns, columns, strict=True)
        ),
    )


def _has_better_id(header: Sequence[str]) -> bool:
    better = fields.BY_KEY["source_id"].known_as - {"id"}
    return any(letters(name) in better for name in header)
