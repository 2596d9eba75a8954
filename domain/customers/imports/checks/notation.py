"""How is each column read? As a person decided; else as it proves, or the other columns do; else doubtful cells are refused."""

from collections.abc import Sequence
from dataclasses import replace

from domain.customers.imports.mapping import ImportSettings, kind
from domain.customers.profiles.readers import Reading
from domain.kernel.text import evidence
from domain.kernel.text.evidence import Evidence

NUMBERS, DATES = frozenset({"number"}), frozenset({"date", "datetime"})


def readings(settings: ImportSettings, columns: Sequence[Evidence], project: Reading) -> list[Reading]:
    """What reading depends on, for each column."""
    numbers = _of_kind(settings, columns, NUMBERS)
    dates = _of_kind(settings, columns, DATES)
    basic = replace(project, dial_code=settings.dial_code or project.dial_code)
    found = []
    for seen in columns or [Evidence() for _ in settings.columns]:
        first = settings.day_first
        for proof in () if first is not None else ([seen], dates):
            first = evidence.day_first(proof) if first is None else first
        sign = settings.decimal or evidence.decimal_sign([seen]) or evidence.decimal_sign(numbers)
        found.append(replace(basic, day_first=first, decimal=sign))
    return found


def _of_kind(settings: ImportSettings, columns: Sequence[Evidence], kinds: frozenset[str]) -> list[Evidence]:
    return [seen for column, seen in zip(settings.columns, columns, strict=False) if kind(column) in kinds]
