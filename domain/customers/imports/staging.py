"""Where do the lines of a file wait until all of them are read? In an unlogged table of this import's own.

Unlogged is twice as fast, and a database that crashed empties it: `lost` notices that, and the reading begins again.
"""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.imports.cells.line import ImportLine
from domain.customers.imports.convert import ImportLineProblem
from domain.customers.profiles import fields

FACTS = tuple(field.key for field in fields.FIELDS)
TEXTS = (*FACTS, *(f"{field.key}_hash" for field in fields.FIELDS if field.address))
_ALWAYS = ("line", "kind", "key", "details", "consents", "suppress", "suppress_email")


def table(import_id: uuid.UUID) -> str:
    """The name of the staging table; our own letters, so that it can stand in SQL."""
    return f"import_{import_id.hex}"


def make(session: Session, import_id: uuid.UUID) -> None:
    """An empty staging table, whatever was there."""
    texts = ", ".join(f"{name} text" for name in TEXTS)
    drop(session, import_id)
    session.execute(
        text(f"""CREATE UNLOGGED TABLE {table(import_id)} (line bigint NOT NULL, kind smallint NOT NULL, key text NOT NULL, {texts},
                 details jsonb NOT NULL, consents jsonb, suppress boolean NOT NULL, suppress_email boolean NOT NULL)""")
    )


def drop(session: Session, import_id: uuid.UUID) -> None:
    """Take the staging table away, if it is there."""
    session.execute(text(f"DROP TABLE IF EXISTS {table(import_id)}"))


def lost(session: Session, import_id: uuid.UUID) -> bool:
    """Whether a table that should hold lines is empty or gone."""
    if session.scalar(text("SELECT to_regclass(:name)"), {"name": table(import_id)}) is None:
        return True
    return not session.scalar(text(f"SELECT EXISTS (SELECT 1 FROM {table(import_id)})"))


def index(session: Session, import_id: uuid.UUID) -> None:
    """Sort it once, when everything is read."""
    name = table(import_id)
    session.execute(text(f"CREATE INDEX ON {name} (kind, key, line)"))
    session.execute(text(f"CREATE INDEX ON {name} (phone) WHERE phone <> ''"))
    session.execute(text(f"ANALYZE {name}"))


def copy_lines(session: Session, import_id: uuid.UUID, lines: Sequence[ImportLine]) -> int:
    """Write lines into the staging table, only the columns that any of them fills; how many."""
    filled = set().union(*(line.columns for line in lines))
    names = [name for name in TEXTS if name in filled]
    return _copy(session, table(import_id), (*_ALWAYS, *names), (line.staged(names) for line in lines))


def copy_remarks(session: Session, import_id: uuid.UUID, remarks: Iterable[ImportLineProblem]) -> int:
    """Write remarks made while reading; how many lines they leave out."""
    left_out: set[int] = set()
    rows = []
    for remark in remarks:
        if remark.left_out:
            left_out.add(remark.line)
        rows.append((import_id, remark.line, remark.left_out, False, remark.column, remark.text, remark.cells))
    _copy(session, "import_remarks", ("import_id", "line", "left_out", "while_merging", '"column"', "text", "cells"), rows)
    return len(left_out)


def _copy(session: Session, into: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    driver: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment] # the driver is psycopg
    count = 0
    with driver.cursor() as cursor, cursor.copy(f"COPY {into} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count
