"""Which codes were used in the shop? A list says so: code, when, amount. A free code that was used is nobody's any more."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes import files
from domain.incentives.codes.files import CodeLine, CodeLineProblem
from domain.incentives.codes.import_codes import HEADERS as CODE_HEADERS
from domain.incentives.codes.uses import CodeUse
from domain.incentives.ledger.after_publication import HOLDS
from domain.incentives.ledger.assign import assign
from domain.journal.changed_facts import mark
from domain.journal.events import EventKind, record_from
from domain.kernel import clock
from domain.kernel.errors import Ambiguous
from domain.kernel.text import dates, evidence, money
from domain.kernel.text.evidence import Evidence
from domain.kernel.text.folding import fold
from domain.tables import workspace
from domain.tables.incentives import Campaign, CodeFile
from domain.tables.journal import Job

HEADERS = {
    **CODE_HEADERS,
    "when": frozenset({"when", "date", "time", "usedat", "redeemedat", "redeemed", "used", "datum", "createdat"}),
    "amount": frozenset({"amount", "total", "orderamount", "ordertotal", "value", "betrag", "summe"}),
}

_FOUND = text("""
    SELECT v.id, v.code_key AS code, v.campaign_id, v.state, v.redeemed, v.recipient_id, c.name
    FROM vouchers v JOIN campaigns c ON c.id = v.campaign_id
    WHERE v.code_key = ANY(CAST(:codes AS text[])) ORDER BY v.id FOR UPDATE OF v
""")
_HAPPENED = """
    SELECT v.customer_id, v.campaign_id AS subject_id, 0 AS depth,
           jsonb_build_object('voucher_id', v.id, 'campaign_id', v.campaign_id, 'minor', u.minor, 'at', u.at) AS facts
    FROM redemptions u JOIN vouchers v ON v.id = u.voucher_id
    JOIN unnest(CAST(:vouchers AS uuid[]), CAST(:at AS timestamptz[])) AS new (voucher, at) ON new.voucher = u.voucher_id AND new.at = u.at
"""


@dataclass(frozen=True)
class _Use:
    line: int
    code: str
    at: datetime.datetime | None
    minor: int


def step(session: Session, job: Job) -> bool:
    """Read the next slice of a list of used codes. What was known already is said and not counted twice."""
    file, campaign = files.file_of(session, job)
    if not job.cursor.get("looked"):
        _look(session, job, file)
        return False
    lines, columns = files.read(session, job, file, HEADERS)
    uses, remarks = _read(session, campaign, lines, columns, job.cursor)
    left = len(remarks)
    if uses:
        remarks += _mark(session, campaign, file.id, uses)
        left = sum(r.left_out for r in remarks)
    files.remark(session, file.id, remarks)
    files.tally(job, len(lines), len(lines) - left, remarks)
    if job.done < file.size:
        return False
    file.content = b""
    return True


def _look(session: Session, job: Job, file: CodeFile) -> None:
    """The next slice of a first round, which takes nothing: what its lines prove about numbers and dates decides those that say nothing."""
    lines, columns = files.read(session, job, file, HEADERS)
    cursor = dict(job.cursor)
    seen = {name: Evidence() for name in HEADERS}
    seen |= {name: Evidence.from_json(stored) for name, stored in cursor.get("evidence", {}).items()}
    for line in lines:
        seen["when"].add(line.number, files.cell(line, columns, "when"))
        seen["amount"].add(line.number, money.bare(files.cell(line, columns, "amount")))
    job.cursor = cursor | {"evidence": {name: column.as_json() for name, column in seen.items()}}
    if job.done < file.size:
        return
    first = cursor.get("day_first")
    job.cursor = {
        "looked": True,
        "decimal": cursor.get("decimal") or evidence.decimal_sign([seen["amount"]]),
        "day_first": evidence.day_first([seen["when"]]) if first is None else first,
    }
    job.done = 0


def _read(
    session: Session, campaign: Campaign, lines: list[CodeLine], columns: dict[str, int], decided: Mapping[str, Any]
) -> tuple[list[_Use], list[CodeLineProblem]]:
    zone = workspace.current_project(session).zone or "UTC"
    day_first, decimal = decided["day_first"], decided["decimal"]
    uses, remarks = [], []
    for line in lines:
        code, when, amount = (files.cell(line, columns, name) for name in ("code", "when", "amount"))
        try:
            if not code:
                raise ValueError("There is no code in this line.")
            uses.append(_Use(line.number, code, _moment(session, when, day_first, zone), _minor(amount, campaign.currency, decimal)))
        except ValueError as wrong:
            remarks.append(CodeLineProblem(line.number, code, str(wrong)))
    return uses, remarks


def _moment(session: Session, typed: str, day_first: bool | None, zone: str) -> datetime.datetime | None:
    if not typed:
        return None
    try:
        at = dates.moment(typed, day_first, zone)
    except Ambiguous as doubt:
        raise ValueError(str(doubt)) from doubt
    except ValueError as wrong:
        raise ValueError(f"“{typed}” is not a date with a time. Write it like 2026-11-20 14:30.") from wrong
    if at > clock.now(session) + datetime.timedelta(days=1):
        raise ValueError(f"“{typed}” lies in the future.")
    return at


def _minor(typed: str, currency: str, decimal: str) -> int:
    if not typed:
        return 0
    minor = money.minor_units(typed, currency, decimal)
    if not 0 <= minor < 10**12:
        raise ValueError(f"“{typed}” is not what an order came to.")
    return minor


def _mark(session: Session, campaign: Campaign, file_id: uuid.UUID, uses: list[_Use]) -> list[CodeLineProblem]:
    found = {row.code: row for row in session.execute(_FOUND, {"codes": [fold(use.code) for use in uses]})}
    taken: dict[tuple[uuid.UUID, datetime.datetime], _Use] = {}
    unused, remarks = {row.id for row in found.values() if row.redeemed == 0}, []
    for use in uses:
        row = found.get(fold(use.code))
        if row is None:
            remarks.append(CodeLineProblem(use.line, use.code, "There is no such code."))
        elif wrong := _wrong(row, campaign):
            remarks.append(CodeLineProblem(use.line, use.code, wrong))
        elif use.at is None and row.id not in unused:
            remarks.append(CodeLineProblem(use.line, use.code, "Is known as used already. With a time, a further use could be told apart."))
        else:
            unused.discard(row.id)
            taken[row.id, use.at or clock.now(session)] = use
    _owned(session, [row.recipient_id for row in found.values() if row.state == "reserved" and any(row.id == id for id, _ in taken)])
    return remarks + _use(session, campaign, file_id, taken, {row.id for row in found.values() if row.state == "free"})


def _wrong(row: Row[Any], campaign: Campaign) -> str:
    if row.campaign_id != campaign.id:
        return f"Is a code of the campaign “{row.name}”."
    return "Was withdrawn, so it should not have been accepted." if row.state == "void" and row.redeemed == 0 else ""


def _owned(session: Session, recipients: list[uuid.UUID]) -> None:
    """Codes on their way to somebody who used them already: they have arrived."""
    if not recipients:
        return
    rows = session.execute(text("SELECT id, distribution_id FROM recipients WHERE id = ANY(:ids)"), {"ids": recipients}).all()
    for distribution in {row.distribution_id for row in rows}:
        assign(session, [row.id for row in rows if row.distribution_id == distribution], distribution, "Dashboard")


def _use(
    session: Session,
    campaign: Campaign,
    file_id: uuid.UUID,
    taken: dict[tuple[uuid.UUID, datetime.datetime], _Use],
    free: set[uuid.UUID],
) -> list[CodeLineProblem]:
    uses = [CodeUse(voucher, at, use.minor) for (voucher, at), use in taken.items()]
    rows = campaign_kind(campaign.kind).redeem(session, campaign, uses, file_id)
    new = {(row.voucher_id, row.at) for row in rows}
    theirs = [row for row in rows if row.customer_id is not None]
    if theirs:
        happened = {"vouchers": [row.voucher_id for row in theirs], "at": [row.at for row in theirs]}
        record_from(session, _HAPPENED, happened, EventKind.REDEEMED, react=False)
        mark(session, sorted({row.customer_id for row in rows if row.customer_id is not None}), HOLDS, silent=True)
    known = [CodeLineProblem(use.line, use.code, "This use is known already.") for key, use in taken.items() if key not in new]
    stray = "Was given to nobody, yet used: it is withdrawn, so that no customer gets a used code."
    return known + [
        CodeLineProblem(use.line, use.code, stray, left_out=False) for key, use in taken.items() if key in new and key[0] in free
    ]
