"""What do the lines of a file say against how its columns are to be read? With their lines, and what becomes of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.customers.imports.mapping import ImportSettings, kind
from domain.customers.profiles.readers import Reading
from domain.kernel.text import evidence
from domain.kernel.text.evidence import KINDS, Evidence

ENCODING, DECIMAL, ORDER, TYPE = "encoding", "decimal", "order", "type"
"""The setting that would put it right."""


@dataclass(frozen=True)
class Contradiction:
    """Lines of one column that do not go together with how it is read."""

    column: int
    name: str
    count: int
    words: str
    """What these cells are, said of several."""
    refused: bool
    """These cells would be left out."""
    remedy: str
    """ENCODING, DECIMAL, ORDER or TYPE."""
    first: Sequence[tuple[int, str]]
    """The first lines of them, each with its cell."""


def contradictions(settings: ImportSettings, columns: Sequence[Evidence], readings: Sequence[Reading]) -> list[Contradiction]:
    """Everything that a person should look at before anything is taken, in the order of the columns."""
    found: list[Contradiction] = []
    for n, (seen, reading) in enumerate(zip(columns, readings, strict=False)):
        for sort, refused, remedy in _of(kind(settings.columns[n]), settings.columns[n].to, seen, reading):
            words = KINDS[sort]
            found.append(Contradiction(n, settings.header[n], seen.counts[sort], words, refused, remedy, seen.first[sort]))
    return found


def _of(kind: str, to: str, seen: Evidence, reading: Reading) -> Iterator[tuple[str, bool, str]]:
    there = seen.counts.keys()
    if evidence.BROKEN in there and to:
        yield evidence.BROKEN, False, ENCODING
    if kind == "number":
        yield from ((sort, True, TYPE) for sort in (evidence.ZERO, evidence.SHORTENED) if sort in there)
        if evidence.EITHER_SIGN in there and not reading.decimal:
            yield evidence.EITHER_SIGN, True, DECIMAL
        against = {".": evidence.COMMA, ",": evidence.POINT}.get(reading.decimal) or _fewer(seen, evidence.POINT, evidence.COMMA)
        if against in there:
            yield against, False, DECIMAL
    if kind in {"date", "datetime"}:
        if evidence.EITHER_ORDER in there and reading.day_first is None:
            yield evidence.EITHER_ORDER, True, ORDER
        orders = {True: evidence.MONTH, False: evidence.DAY}
        against = orders[reading.day_first] if reading.day_first is not None else _fewer(seen, evidence.DAY, evidence.MONTH)
        if against in there:
            yield against, False, ORDER
    if kind in {"phone", "id"} and evidence.SHORTENED in there:
        yield evidence.SHORTENED, True, TYPE


def _fewer(seen: Evidence, one: str, other: str) -> str:
    """Of two kinds that are both there, the rarer; else nothing."""
    if not seen.counts.keys() >= {one, other}:
        return ""
    return min((one, other), key=lambda sort: seen.counts[sort])
