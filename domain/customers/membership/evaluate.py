"""Whom do these changes move? All segments of a level are asked in one statement; where one of them breaks, each in its own."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import EvaluationTime, Facts
from domain.customers.membership.apply_difference import Among, Moved, apply_difference, write_difference
from domain.customers.membership.sync import broke
from domain.journal.trouble import is_trouble, name_of, sqlstate
from domain.kernel.base import array
from domain.tables.customers import Customer, Segment
from logs import log

Concerned = Mapping[uuid.UUID, Sequence[uuid.UUID]]
"""Segment -> the customers whose change it reads."""
OTHERS = 3
"""Customers asked to find out whether a segment is at fault or those it was asked about."""
_INSIDE = text("""
    SELECT segment_id, customer_id FROM segment_members
    WHERE customer_id = ANY(CAST(:ids AS uuid[])) AND segment_id = ANY(CAST(:segments AS uuid[]))
""")
_AMONG = "customers.id = ANY(CAST(:among AS uuid[]))"


def move(session: Session, segments: Sequence[Segment], concerned: Concerned, facts: Facts, now: EvaluationTime) -> dict[uuid.UUID, Moved]:
    """Bring these segments, none of which depends on another, up to date for those concerned; whom that moved, by segment."""
    if not segments:
        return {}
    try:
        with session.begin_nested():
            return _at_once(session, segments, concerned, facts, now)
    except Exception as why:
        if is_trouble(why):
            raise
        ids = [str(segment.id) for segment in segments]
        log(__name__).warning(
            "segments could not be asked together; each is asked alone", segments=ids, error=name_of(why), code=sqlstate(why)
        )
    return {segment.id: _alone(session, segment, list(concerned[segment.id]), facts, now) for segment in segments}


def _at_once(
    session: Session, segments: Sequence[Segment], concerned: Concerned, facts: Facts, now: EvaluationTime
) -> dict[uuid.UUID, Moved]:
    ids = sorted(set().union(*(concerned[segment.id] for segment in segments)))
    fits = _fits(session, [conditions.where(segment.condition, facts, now) for segment in segments if segment.condition is not None], ids)
    inside: dict[uuid.UUID, set[uuid.UUID]] = {segment.id: set() for segment in segments}
    for segment_id, customer_id in session.execute(_INSIDE, {"ids": array(ids), "segments": array(inside)}):
        inside[segment_id].add(customer_id)
    moved = {}
    for segment, fitting in zip(segments, fits, strict=True):
        mine = set(concerned[segment.id])
        moved[segment.id] = Moved(frozenset(fitting & mine - inside[segment.id]), frozenset(inside[segment.id] & mine - fitting))
    write_difference(session, moved)
    return moved


def _fits(session: Session, holds: Sequence[ColumnElement[bool]], ids: Sequence[uuid.UUID]) -> list[set[uuid.UUID]]:
    """For each condition the customers for whom it is true. Erased ones are in no segment."""
    query = select(Customer.id, *(one.label(f"holds_{n}") for n, one in enumerate(holds))).where(text(_AMONG), Customer.erased_at.is_(None))
    found: list[set[uuid.UUID]] = [set() for _ in holds]
    for id, *answers in session.execute(query, {"among": array(ids)}):
        for fitting, answer in zip(found, answers, strict=True):
            if answer:
                fitting.add(id)
    return found


def _alone(session: Session, segment: Segment, ids: list[uuid.UUID], facts: Facts, now: EvaluationTime) -> Moved:
    """Whom it moves. A condition that cannot be read stops its own segment only; one that can, but not for these, is theirs to bear."""
    assert segment.condition is not None
    try:
        with session.begin_nested():
            return apply_difference(session, segment, conditions.where(segment.condition, facts, now), Among(ids=ids))
    except Exception as why:
        if is_trouble(why) or _readable(session, segment, ids, facts, now):
            raise
        log(__name__).error("a condition cannot be read", segment=str(segment.id), exc_info=why)
        broke(session, segment, f"Its condition cannot be read: {why.orig if isinstance(why, DBAPIError) else why}.")
        return Moved()


def _readable(session: Session, segment: Segment, ids: list[uuid.UUID], facts: Facts, now: EvaluationTime) -> bool:
    """Whether its condition can be asked about nobody and, where there are others, about one of them."""
    assert segment.condition is not None
    others = session.scalars(select(Customer.id).where(Customer.id.not_in(ids)).order_by(Customer.id).limit(OTHERS)).all()
    asked: list[list[uuid.UUID]] = [[id] for id in others] or [[]]
    for some in asked:
        try:
            with session.begin_nested():
                session.scalars(select(Customer.id).where(Customer.id.in_(some), conditions.where(segment.condition, facts, now))).all()
        except Exception as why:
            if is_trouble(why):
                raise
            log(__name__).info("a condition cannot be asked about others either", segment=str(segment.id), error=name_of(why))
        else:
            return True
    return False
