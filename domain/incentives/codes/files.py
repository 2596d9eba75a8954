"""How is an uploaded or pasted list read? Turned into UTF-8 once, then a slice at a time, so that its size does not matter."""

import csv
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.journal.jobs import JobError, start
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign, CodeFile
from domain.tables.journal import Job

MOST_BYTES = 64 * 1024 * 1024
A_SLICE = 256 * 1024
KINDS = {"codes": ("import_codes", "import codes"), "used": ("import_used_codes", "import used codes")}
_SLICE = text("SELECT substring(content FROM :start FOR :length) FROM code_files WHERE id = :id")
_REMARK = text("""
    INSERT INTO code_remarks (file_id, line, cell, left_out, words)
    SELECT :file, * FROM unnest(CAST(:lines AS bigint[]), CAST(:cells AS text[]), CAST(:left AS boolean[]), CAST(:words AS text[]))
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True)
class CodeLine:
    """One line of the list, by its number from 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True)
class CodeLineProblem:
    """What there is to say about a line. `left_out`: nothing of it was taken."""

    line: int
    cell: str
    words: str
    left_out: bool = True


def begin(
    session: Session, actor: Actor, campaign: Campaign, kind: str, name: str, content: bytes, decided: Mapping[str, Any] | None = None
) -> CodeFile:
    """Keep the list and start the job that reads it. Raises Refused for what is no list.

    `decided`: what a person says of its numbers and dates (`decimal`, `day_first`); the cursor keeps it.
    """
    text = decoded(content)
    if not text.strip():
        raise Refused({"file": "There is nothing in it. Choose a file, or paste one code per line."})
    data = text.encode()
    if len(data) > MOST_BYTES:
        raise Refused({"file": f"It has {len(data) // 1024**2} MB; {MOST_BYTES // 1024**2} MB is the most. Split it."})
    file = CodeFile(
        campaign_id=campaign.id,
        kind=kind,
        name=name[:200],
        size=len(data),
        content=data,
        uploaded_by=actor.name,
        created_at=clock.now(session),
    )
    session.add(file)
    session.flush()
    job_kind, command = KINDS[kind]
    title = f"{'Codes' if kind == 'codes' else 'Used codes'} of {campaign.name}"
    file.job_id = start(session, job_kind, title, file.id, total=len(data), cursor=dict(decided or {}), asked_by=actor.name).id
    audit.record(session, actor, command, outside(Prefix.CAMPAIGN, campaign.id), campaign.name, after={"file": file.name})
    return file


def decoded(content: bytes) -> str:
    """The text, whatever programs on other people's desks made of it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").replace("\0", "")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def file_of(session: Session, job: Job) -> tuple[CodeFile, Campaign]:
    """What a job of this room reads. Raises JobError."""
    file = session.get(CodeFile, job.subject_id)
    campaign = session.get(Campaign, file.campaign_id) if file else None
    if file is None or campaign is None:
        raise JobError("The campaign was deleted.")
    return file, campaign


def read(session: Session, job: Job, file: CodeFile, headers: dict[str, frozenset[str]]) -> tuple[list[CodeLine], dict[str, int]]:
    """The next slice's lines, empty ones left out, and which column holds what. Moves `job.done` and the cursor.

    `headers`: what a column is for -> how its header may be called, letters only; the first one is the code.
    """
    raw: bytes = session.execute(_SLICE, {"id": file.id, "start": job.done + 1, "length": A_SLICE}).scalar_one()
    last = job.done + len(raw) >= file.size
    if not last:
        end = raw.rfind(b"\n") + 1
        if end == 0:
            raise JobError(f"Line {job.cursor.get('line', 0) + 1} is longer than {A_SLICE // 1024} kB. This is not a list of codes.")
        raw = raw[:end]
    text_lines = raw.decode().split("\n")
    if text_lines[-1] == "":
        text_lines.pop()
    cursor = dict(job.cursor)
    first = int(cursor.get("line", 0))
    if first == 0:
        cursor |= _begun(text_lines[0], headers)
    numbered = enumerate(text_lines, first + 1)
    lines = [CodeLine(n, _cells(line, cursor["delimiter"])) for n, line in numbered if line.strip() and n > cursor["header"]]
    cursor["line"] = first + len(text_lines)
    job.cursor, job.done = cursor, job.done + len(raw)
    return lines, cursor["columns"]


def _begun(line: str, headers: dict[str, frozenset[str]]) -> dict[str, object]:
    delimiter = max("\t;,|", key=line.count)
    names = ["".join(c for c in cell.casefold() if c.isalpha()) for cell in _cells(line, delimiter)]
    columns = {wanted: names.index(name) for wanted, known in headers.items() for name in names if name in known}
    code = next(iter(headers))
    if code in columns:
        return {"delimiter": delimiter, "columns": columns, "header": 1}
    return {"delimiter": delimiter, "columns": {wanted: n for n, wanted in enumerate(headers)}, "header": 0}


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # one cell is longer than the csv module takes: too long for anything that is read here
        cells = [line]
    return [cell.strip().removeprefix("'") for cell in cells]


def cell(line: CodeLine, columns: dict[str, int], name: str) -> str:
    """What stands in this column, or nothing."""
    at = columns.get(name)
    return line.cells[at] if at is not None and at < len(line.cells) else ""


def remark(session: Session, file_id: uuid.UUID, remarks: Sequence[CodeLineProblem]) -> None:
    """Keep what there is to say about lines; at most one remark a line."""
    if remarks:
        values = {
            "lines": [r.line for r in remarks],
            "cells": [r.cell[:200] for r in remarks],
            "left": [r.left_out for r in remarks],
            "words": [r.words for r in remarks],
        }
        session.execute(_REMARK, values | {"file": file_id})


def tally(job: Job, lines: int, taken: int, remarks: Sequence[CodeLineProblem]) -> None:
    """Count on in the job's report: lines read, taken, left out, and others that need a look."""
    left = sum(r.left_out for r in remarks)
    now = {"read": lines, "taken": taken, "left_out": left, "remarks": len(remarks)}
    job.report = {name: int(job.report.get(name, 0)) + count for name, count in now.items()}
