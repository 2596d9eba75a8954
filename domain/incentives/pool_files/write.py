"""How does a pool become a file that takes longer than a request may last? A job writes it, many lines a step; it is kept for a day.

The cursor says how many bytes of the file are right: a step that is done again begins there, whatever was written behind them.
"""

import csv
import io
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from domain.incentives.codes.export import COLUMNS, maker, next_rows, written
from domain.incentives.codes.find import CodeFilter
from domain.incentives.pool_files.kept import KIND, path
from domain.journal import jobs
from domain.kernel.actor import Actor
from domain.kernel.text import csv_writer
from domain.tables.incentives import Campaign
from domain.tables.journal import Job

AT_ONCE = 20_000
"""Codes of a pool that are answered at once, without a job."""
A_STEP = 20
"""Batches of a step: a second or two."""
_TYPED = tuple(map(COLUMNS.index, ("code", "customer_source_id", "customer_name", "customer_email", "shop_link", "withdrawn_because")))
"""Columns with what people wrote; the others are ours, and no spreadsheet takes them for formulas."""
BEGINS = "\ufeff".encode()


def ask(session: Session, actor: Actor, campaign: Campaign, asked: CodeFilter, total: int) -> Job:
    """Ask for the file; who did is written down."""
    written(session, actor, campaign, asked)
    cursor = {"text": asked.text, "state": asked.state, "after": "", "at": 0}
    return jobs.start(session, KIND, f"File of the codes of {campaign.name}", campaign.id, total, cursor, actor.name)


def step(session: Session, job: Job) -> bool:
    """Write the next lines of a job of kind `export_codes`."""
    assert job.subject_id is not None
    cursor = dict(job.cursor)
    asked, made = CodeFilter(cursor["text"], cursor["state"]), maker(session)
    after = uuid.UUID(cursor["after"]) if cursor["after"] else None
    lines: list[list[Any]] = [[*COLUMNS]] if after is None else []
    for _ in range(A_STEP):
        batch, after = next_rows(session, job.subject_id, asked, after, made)
        lines += batch
        if after is None:
            break
    head = BEGINS if not cursor["at"] else b""
    cursor |= {"after": after.hex if after else "", "at": _append(path(job), cursor["at"], head + _text(lines))}
    job.cursor, job.done = cursor, job.done + len(lines)
    if after is None:
        job.done = job.total = job.done - 1  # the header is no code
    return after is None


def _text(lines: Sequence[list[Any]]) -> bytes:
    buffer = io.StringIO()
    for line in lines:
        for place in _TYPED:
            if line[place]:
                line[place] = csv_writer.guarded(line[place])
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue().encode()


def _append(file: Path, at: int, more: bytes) -> int:
    """Write behind the first `at` bytes, on disk before the transaction says so; how many bytes are right now."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as opened:
        opened.truncate(at)
        opened.seek(at)
        opened.write(more)
        opened.flush()
        os.fsync(opened.fileno())
    return at + len(more)
