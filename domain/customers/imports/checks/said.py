"""What do all lines of an uploaded file say, as far as they were looked through? For the page where a person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from domain.customers.imports.checks import notation
from domain.customers.imports.checks.all_lines import AllLines
from domain.customers.imports.checks.contradictions import Contradiction, contradictions
from domain.customers.imports.exports.contract import KnownExport
from domain.customers.imports.mapping import IGNORE, ImportSettings
from domain.customers.imports.reading import encodings
from domain.customers.imports.reading.encodings import Letters
from domain.customers.profiles import customer_input
from domain.tables.imports import Import
from domain.tables.journal import Job


@dataclass(frozen=True)
class SaidByAllLines:
    """What would become of the lines, and what speaks against how they are read."""

    job: Job | None
    """The dry run; None where the columns do not work yet."""
    looked: bool
    """All lines were looked through, so that the form can be believed."""
    contradictions: Sequence[Contradiction]

    def count(self, name: str) -> int:
        """One of `read`, `created`, `same`, `left_out`, `cells`, `kept_no`."""
        return int(self.job.report.get(name, 0)) if self.job else 0

    @property
    def running(self) -> bool:
        """Whether they are still being asked."""
        return self.job is not None and self.job.state in {"queued", "running"}

    @property
    def ended(self) -> bool:
        """Whether all were asked."""
        return self.job is not None and self.job.state == "done"


def of(session: Session, file: Import, settings: ImportSettings) -> SaidByAllLines:
    """As far as it is known by now."""
    job = session.get(Job, file.check_id) if file.check_id else None
    if not file.findings:
        return SaidByAllLines(job, False, ())
    columns = AllLines.from_json(file.findings).columns
    reading, _ = customer_input.reading(session)
    found = contradictions(settings, columns, notation.readings(settings, columns, reading))
    return SaidByAllLines(job, True, found)


def unsettled(export: KnownExport, settings: ImportSettings) -> list[str]:
    """Columns of a known export that speak of a permission nobody has chosen yet."""
    return [
        name
        for name, column in zip(settings.header, settings.columns, strict=True)
        if column.to == IGNORE and ":" in (export.meaning(name) or "")
    ]


def without_permission(export: KnownExport, settings: ImportSettings) -> list[str]:
    """Columns of a known export that say no to a permission nobody has chosen yet: they count as a no to every mail."""
    return [
        name
        for name, column in zip(settings.header, settings.columns, strict=True)
        if column.to in {"suppress_email", "suppress_email_at"} and ":" in (export.meaning(name) or "")
    ]


def letters(file: Import, settings: ImportSettings) -> list[Letters]:
    """Words of the file that are not ASCII, as they are read and as they could be; the chosen encoding first."""
    chosen, path = settings.dialect.encoding, Path(file.path)
    if chosen.startswith("utf"):
        return []
    words = encodings.words_of(path, chosen)
    return [Letters(chosen, words), *(one for one in encodings.likely(path) if one.encoding != chosen and one.words != words)]
