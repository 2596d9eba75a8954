"""How do existing codes come into a pool? From a list, line by line; what was left out is said with its reason."""

import re
import unicodedata
import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.codes import files
from domain.incentives.codes.files import CodeLine, CodeLineProblem
from domain.incentives.codes.forecast import settled
from domain.kernel import clock
from domain.kernel.text import numbers
from domain.kernel.text.folding import fold
from domain.tables.journal import Job

LONGEST = 64
HEADERS = {"code": frozenset({"code", "codes", "voucher", "vouchercode", "coupon", "couponcode", "gutschein", "gutscheincode"})}
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_REWRITTEN = {
    numbers.EXPONENT: "a number that a spreadsheet shortened",
    re.compile(rf"\d{{1,2}}-(?:{_MONTHS})(?:-\d{{2,4}})?", re.IGNORECASE): "a date that a spreadsheet made",
}
"""The shape of a code -> what it may have been made into."""
_FORBIDDEN = frozenset("\"'<>\\,;`")

_INSERT = text("""
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:lines AS bigint[]), CAST(:codes AS text[])) AS wanted (line, code)),
    made AS (
        INSERT INTO vouchers (campaign_id, code, state, redeemed, redeemed_minor, void_reason, imported, once, created_at)
        SELECT :campaign, code, 'free', 0, 0, '', true, false, :now FROM wanted ORDER BY line
        ON CONFLICT DO NOTHING RETURNING code_key AS code),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta) SELECT :campaign, 'free', count(*) FROM made HAVING count(*) > 0)
    SELECT code FROM made
""")
_THERE = text("""
    SELECT v.code, v.campaign_id, c.name FROM vouchers v JOIN campaigns c ON c.id = v.campaign_id
    WHERE v.code_key = ANY(CAST(:codes AS text[]))
""")


def mistake(code: str) -> str:
    """Why this cannot be a code, in words; empty where it can."""
    if not code:
        return "There is no code in this line."
    if len(code) > LONGEST:
        return f"Is {len(code)} characters long; codes have at most {LONGEST}."
    bad = sorted({c for c in code if c in _FORBIDDEN or c.isspace() or unicodedata.category(c)[0] == "C"})
    return f"Has characters that codes cannot have: {' '.join(_named(c) for c in bad)}." if bad else ""


def _suspicious(taken: dict[str, int]) -> list[CodeLineProblem]:
    """Codes that a spreadsheet may have made of others: they are taken to the letter, and named."""
    return [
        CodeLineProblem(line, code, f"Was taken as it stands, but looks like {words}.", left_out=False)
        for code, line in taken.items()
        for shape, words in _REWRITTEN.items()
        if shape.fullmatch(code)
    ]


def _named(character: str) -> str:
    if character.isspace():
        return "a space"
    return character if character.isprintable() else f"U+{ord(character):04X}"


def step(session: Session, job: Job) -> bool:
    """Read the next slice of a list of codes. A slice read twice adds nothing twice: the codes are there already."""
    file, campaign = files.file_of(session, job)
    lines, columns = files.read(session, job, file, HEADERS)
    good, remarks = _sorted_out(lines, columns)
    if good:
        values = {"lines": list(good.values()), "codes": list(good), "campaign": campaign.id, "now": clock.now(session)}
        made = set(session.scalars(_INSERT, values))
        missing = {code: line for code, line in good.items() if fold(code) not in made}
        remarks += _there_already(session, campaign.id, missing) + _suspicious({code: good[code] for code in good.keys() - missing.keys()})
        if made:
            settled(session, campaign)
    files.remark(session, file.id, remarks)
    files.tally(job, len(lines), len(lines) - sum(remark.left_out for remark in remarks), remarks)
    if job.done < file.size:
        return False
    file.content = b""
    return True


def _sorted_out(lines: list[CodeLine], columns: dict[str, int]) -> tuple[dict[str, int], list[CodeLineProblem]]:
    """The codes that look right, with their lines, and what is wrong with the others."""
    good: dict[str, int] = {}
    seen: dict[str, int] = {}
    remarks = []
    for line in lines:
        code = files.cell(line, columns, "code")
        wrong = mistake(code)
        if not wrong and (before := seen.get(fold(code))):
            wrong = f"The same code stands in line {before}."
        if wrong:
            remarks.append(CodeLineProblem(line.number, code, wrong))
            continue
        seen[fold(code)] = good[code] = line.number
    return good, remarks


def _there_already(session: Session, campaign_id: uuid.UUID, missing: dict[str, int]) -> list[CodeLineProblem]:
    if not missing:
        return []
    there = {fold(row.code): row for row in session.execute(_THERE, {"codes": [fold(code) for code in missing]})}
    remarks = []
    for code, line in missing.items():
        row = there.get(fold(code))
        words = "Is in this pool already."
        if row is not None and row.campaign_id != campaign_id:
            words = f"Belongs to the campaign “{row.name}” already."
        remarks.append(CodeLineProblem(line, code, words))
    return remarks
