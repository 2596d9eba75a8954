"""Who would a condition find? A number within two seconds, five people, and what an edit would change before it is applied."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import Condition
from domain.customers.facts.catalogue import known, moment
from domain.tables.customers import Customer, Member, Segment

PATIENCE = 2_000
"""Milliseconds that counting may take."""
SAMPLE = 20_000
"""Customers looked at to guess the rest."""


_PART = text("SELECT id FROM customers TABLESAMPLE SYSTEM (:share) LIMIT :most")


@dataclass(frozen=True)
class Count:
    """So many people; `about` where there was no time to count them."""

    number: int
    about: bool = False

    def __str__(self) -> str:
        return f"about {self.number:,}" if self.about else f"{self.number:,}"


def holds(session: Session, condition: Condition) -> ColumnElement[bool]:
    """A saved condition as SQL over customers, now; erased ones left out."""
    return Customer.erased_at.is_(None) & conditions.where(condition, known(session), moment(session))


def count(session: Session, condition: Condition, patience: int = PATIENCE) -> Count:
    """How many a saved condition finds now."""
    return _counted(session, holds(session, condition), patience)


def difference(session: Session, segment: Segment, condition: Condition, patience: int = PATIENCE) -> tuple[Count, Count]:
    """How many would enter and how many would leave, if this were the segment's condition."""
    fits = holds(session, condition)
    inside = exists().where(Member.segment_id == segment.id, Member.customer_id == Customer.id)
    return _counted(session, fits & ~inside, patience), _counted(session, inside & ~func.coalesce(fits, False), patience)


def people(session: Session, condition: Condition, after: uuid.UUID | None = None, count: int = 5) -> Sequence[Customer]:
    """Some of them, from behind `after`, then from the start again."""
    return _people(session, holds(session, condition), after, count)


def members(session: Session, segment_id: uuid.UUID, after: uuid.UUID | None = None, count: int = 5) -> Sequence[Customer]:
    """Some members of a segment, in the same way."""
    return _people(session, exists().where(Member.segment_id == segment_id, Member.customer_id == Customer.id), after, count)


def _people(session: Session, fits: ColumnElement[bool], after: uuid.UUID | None, count: int) -> Sequence[Customer]:
    query = select(Customer).where(fits).order_by(Customer.id).limit(count)
    found: list[Customer] = []
    with _within(session, PATIENCE):
        if after is not None:
            found = list(session.scalars(query.where(Customer.id > after)))
        if len(found) < count:
            seen = {c.id for c in found}
            found += [c for c in session.scalars(query) if c.id not in seen][: count - len(found)]
    return found


def _counted(session: Session, fits: ColumnElement[bool], patience: int) -> Count:
    with _within(session, patience):
        return Count(session.scalar(select(func.count()).select_from(Customer).where(fits)) or 0)
    return _guessed(session, fits)


def _guessed(session: Session, fits: ColumnElement[bool]) -> Count:
    """From a random part of the table's pages."""
    everybody = session.scalar(text("SELECT greatest(reltuples, 1)::bigint FROM pg_class WHERE oid = 'customers'::regclass")) or 1
    share = min(100.0, 100.0 * SAMPLE / everybody)
    with _within(session, PATIENCE):
        ids = list(session.scalars(_PART, {"share": share, "most": SAMPLE}))
        hits = session.scalar(select(func.count()).select_from(Customer).where(Customer.id.in_(ids), fits)) or 0
        return Count(_rounded(hits * everybody // max(len(ids), 1)), about=True)
    return Count(0, about=True)


def _rounded(number: int) -> int:
    """A guess is not said to the last digit."""
    unit: int = 10 ** max(len(str(number)) - 2, 0)
    return round(number / unit) * unit


@contextmanager
def _within(session: Session, patience: int) -> Iterator[None]:
    """Do this within so many milliseconds, or leave it; the session goes on either way."""
    before = session.scalar(text("SHOW statement_timeout"))
    try:
        with session.begin_nested():
            session.execute(text("SELECT set_config('statement_timeout', :ms, true)"), {"ms": str(patience)})
            yield
            session.execute(text("SELECT set_config('statement_timeout', :before, true)"), {"before": before})
    except OperationalError as slow:
        if getattr(slow.orig, "sqlstate", "") != "57014":
            raise
