"""What does a cell say about a permission, or about never being written to? A doubtful cell never grants, and never loses a no."""

from domain.customers.imports.cells.line import Action, ImportLine
from domain.customers.imports.mapping import Column
from domain.customers.profiles import metadata
from domain.customers.profiles.readers import Reading
from domain.kernel.text import dates

YES = metadata.YES | {"given", "subscribed", "subscribe", "optin", "opt-in", "opted in", "granted", "active"}
NO = metadata.NO | {"withdrawn", "unsubscribed", "optout", "opt-out", "opted out", "denied", "revoked", "never"}
SILENT = frozenset(
    {"never_subscribed", "never subscribed", "not_subscribed", "not subscribed", "nonsubscribed", "pending", "unknown", "n/a"}
)
"""Words for not having been asked, or not having answered: neither a yes nor a no."""
SUPPRESSED = YES | {"bounced", "complained", "unsubscribed", "stop", "blocked"}
NOTHING = NO | SILENT | {"[]", "{}", "none", "null"}
"""What a column that says no wherever it says anything holds where it says nothing."""


def action(column: Column, reading: Reading, zone: str) -> Action:
    """What is done with a cell of this column."""
    match column.to:
        case "consent":
            return _consent(column.key)
        case "given":
            return _given(column.key, reading, zone)
        case "withdrawn":
            return _withdrawn(column.key, reading, zone)
        case "optout":
            return _opted_out(column.key)
        case "suppress_at":
            return _suppress_at
        case _:
            return _suppress


def _consent(permission: str) -> Action:
    def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
        if cell and cell.casefold() not in SILENT:
            line.consents.append({"permission": permission, "given": _said(cell)})

    return act


def _given(permission: str, reading: Reading, zone: str) -> Action:
    def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
        if cell:
            line.consents.append({"permission": permission, "given": True, "at": dates.moment(cell, reading.day_first, zone)})

    return act


def _withdrawn(permission: str, reading: Reading, zone: str) -> Action:
    def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
        if not cell or cell.casefold() in NOTHING:
            return
        no = {"permission": permission, "given": False}
        line.consents.append(no)
        try:
            no["at"] = dates.moment(cell, reading.day_first, zone)
        except ValueError as wrong:
            raise ValueError(f"“{cell[:100]}” is no date; the permission is withdrawn as of the import.") from wrong

    return act


def _opted_out(permission: str) -> Action:
    def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
        if cell and _said(cell):
            line.consents.append({"permission": permission, "given": False})

    return act


def _suppress(line: ImportLine, cell: str, about: dict[str, str]) -> None:
    word = cell.casefold()
    if word and word not in SUPPRESSED and word not in NO:
        raise ValueError(f"“{cell}” is neither yes nor no.")
    line.suppress = line.suppress or word in SUPPRESSED


def _suppress_at(line: ImportLine, cell: str, about: dict[str, str]) -> None:
    line.suppress = line.suppress or (bool(cell) and cell.casefold() not in NOTHING)


def _said(cell: str) -> bool:
    word = cell.casefold()
    if word not in YES and word not in NO:
        raise ValueError(f"“{cell}” is neither yes nor no.")
    return word in YES
