"""Where do the lines of a file of orders wait until all of them are read? In the staging table of their import, by the order's number."""

import json
import uuid
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.imports import staging

Staged = tuple[int, dict[str, Any]]
"""A line and what it says."""


def make(session: Session, import_id: uuid.UUID) -> None:
    """An empty table, whatever was there."""
    staging.drop(session, import_id)
    name = staging.table(import_id)
    session.execute(text(f'CREATE UNLOGGED TABLE {name} (line bigint NOT NULL, number text COLLATE "C" NOT NULL, said jsonb NOT NULL)'))


def write(session: Session, import_id: uuid.UUID, lines: Iterable[Staged]) -> int:
    """Keep these lines; how many."""
    rows = [{"line": line, "number": said["order"], "said": json.dumps(said)} for line, said in lines]
    if rows:
        session.execute(text(f"INSERT INTO {staging.table(import_id)} VALUES (:line, :number, CAST(:said AS jsonb))"), rows)
    return len(rows)


def sort(session: Session, import_id: uuid.UUID) -> int:
    """Once all are there: sort them; how many orders they make."""
    name = staging.table(import_id)
    session.execute(text(f"CREATE INDEX ON {name} (number, line)"))
    session.execute(text(f"ANALYZE {name}"))
    return session.scalar(text(f"SELECT count(DISTINCT number) FROM {name}")) or 0


def next_orders(session: Session, import_id: uuid.UUID, after: str, size: int) -> list[Sequence[Staged]]:
    """The lines of the next orders behind this number."""
    name = staging.table(import_id)
    some = f"SELECT DISTINCT number FROM {name} WHERE number > :after ORDER BY number LIMIT :size"
    query = text(f"SELECT number, line, said FROM {name} WHERE number IN ({some}) ORDER BY number, line")
    rows = session.execute(query, {"after": after, "size": size}).all()
    return [[(row.line, row.said) for row in group] for _, group in groupby(rows, key=lambda row: row.number)]
