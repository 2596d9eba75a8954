"""What does a cell say about a permission, or about never being written to? A doubtful cell never grants, and never loses a no."""

from domain.customers.imports.cells.line import Action, DoubtfulNo, ImportLine
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
OUT = metadata.YES | {
    "bounced", "complained", "unsubscribed", "stop", "blocked", "suppressed", "withdrawn", "optout", "opt-out", "opted out", "denied",
    "revoked", "never",
}  # fmt: skip
"""What says no in a column about who must not be written to."""
NOT_OUT = metadata.NO | {"[]", "{}", "none", "null", "n/a"}
"""What such a column holds where it says nothing. Any other word is a doubt, and nobody is written to by a doubt."""


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
        case "suppress_at" | "suppress_email_at":
            return _suppress_at(column.to.removesuffix("_at"))
        case _:
            return _suppress(column.to)


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
        if not cell or cell.casefold() in NOT_OUT:
            return
        no = {"permission": permission, "given": False}
        line.consents.append(no)
        try:
            no["at"] = dates.moment(cell, reading.day_first, zone)
        except ValueError as wrong:
            raise DoubtfulNo(f"“{cell[:100]}” is no date; the permission is withdrawn as of the import.") from wrong

    return act


def _opted_out(permission: str) -> Action:
    def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
        if _is_out(cell):
            line.consents.append({"permission": permission, "given": False})
            _say_doubt(cell, "the permission is withdrawn")

    return act


def _suppress(what: str) -> Action:
    def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
        if _is_out(cell):
            setattr(line, what, True)
            _say_doubt(cell, _NEVER[what])

    return act


def _suppress_at(what: str) -> Action:
    def act(line: ImportLine, cell: str, about: dict[str, str]) -> None:
        if _is_out(cell):
            setattr(line, what, True)

    return act


_NEVER = {"suppress": "the customer is never written to", "suppress_email": "the customer is never written to by e-mail"}


def _is_out(cell: str) -> bool:
    return bool(cell) and cell.casefold() not in NOT_OUT


def _say_doubt(cell: str, so: str) -> None:
    if cell.casefold() not in OUT:
        raise DoubtfulNo(f"“{cell[:100]}” is neither yes nor no: it counts as a no, and {so}.")


def _said(cell: str) -> bool:
    word = cell.casefold()
    if word not in YES and word not in NO:
        raise ValueError(f"“{cell}” is neither yes nor no.")
    return word in YES
