"""Where do uploaded files lie, how large may they be, and when are they thrown away?"""

import datetime
import os
import uuid
from pathlib import Path
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

import settings
from domain.customers.imports import staging
from domain.kernel import clock
from domain.kernel.errors import Refused
from domain.tables.imports import Import
from domain.tables.journal import Job

LARGEST = 1 << 30
"""Bytes of one file."""
KEPT = datetime.timedelta(days=7)
"""How long a file waits to be mapped and started."""
_CHUNK = 1 << 20
_BINARY = {
    b"PK\x03\x04": "an Excel or OpenDocument workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file",
}


def folder() -> Path:
    """The uploads of this installation."""
    where = (settings.current().data / "uploads").resolve()
    where.mkdir(mode=0o700, parents=True, exist_ok=True)
    where.chmod(0o700)
    return where


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def keep(stream: IO[bytes], largest: int = LARGEST) -> tuple[Path, int]:
    """Write an upload to disk, a piece at a time; where it lies and its size. Raises Refused; then nothing is left behind."""
    path = folder() / f"{uuid.uuid4().hex}.csv"
    size = 0
    try:
        with open(path, "xb", opener=_for_its_owner) as file:
            while piece := stream.read(_CHUNK):
                if not size:
                    _refuse_binary(piece)
                size += len(piece)
                if size > largest:
                    raise Refused(
                        {"file": f"The file is larger than {largest >> 20:,} MB. Split it and import the parts one after the other."}
                    )
                file.write(piece)
        if not size:
            raise Refused({"file": "The file is empty. Choose a CSV file with a header and at least one line below it."})
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path, size


def _refuse_binary(piece: bytes) -> None:
    for beginning, kind in _BINARY.items():
        if piece.startswith(beginning):
            raise Refused({"file": f"This is {kind}. Save it as CSV (in Excel: Save as, CSV UTF-8) and choose that file."})


def sweep(session: Session) -> None:
    """Throw away uploads that were never started or never ended: they quote customers."""
    now = clock.now(session)
    old = select(Import).outerjoin(Job, Job.id == Import.job_id).where(Import.created_at < now - KEPT)
    for forgotten in session.scalars(old.where((Import.state == "uploaded") | Job.state.in_(("failed", "canceled")))):
        if forgotten.state == "uploaded":
            forgotten.state = "discarded"
        staging.drop(session, forgotten.id)
        Path(forgotten.path).unlink(missing_ok=True)
