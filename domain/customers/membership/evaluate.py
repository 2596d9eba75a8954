"""Whom do these changes move? All segments of a level are asked in one statement; where one of them breaks, each in its own."""

import datetime
import functools
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    text,
    true,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from domain import conditions
from domain.conditions import Condition, EvaluationTime, Facts
from domain.customers.facts.catalogue import in_own_row
from domain.customers.membership.apply_difference import Among, Moved, apply_difference, write_difference
from domain.customers.membership.sync import broke
from domain.journal.trouble import is_trouble, name_of, sqlstate
from domain.kernel.base import array
from domain.tables.customers import Customer, Member, Segment
from logs import log

Concerned = Mapping[uuid.UUID, Sequence[uuid.UUID]]
"""Segment -> the customers whose change it reads."""
OTHERS = 3
"""Customers asked to find out whether a segment is at fault or those it was asked about."""
QUESTIONS = 32
"""Statements that are kept: building the one for a hundred segments costs more than asking it."""
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
    mine = [set(concerned[segment.id]) for segment in segments]
    entered: list[set[uuid.UUID]] = [set() for _ in segments]
    left: list[set[uuid.UUID]] = [set() for _ in segments]
    asked = {"among": array(sorted(set().union(*mine))), "segments": array(segment.id for segment in segments)}
    for id, fits, inside in session.execute(_differing(_Question.of(segments, facts, now)), asked):
        for place in set(fits).symmetric_difference(inside):
            if id in mine[place - 1]:
                (entered if place in fits else left)[place - 1].add(id)
    moved = {segment.id: Moved(frozenset(entered[n]), frozenset(left[n])) for n, segment in enumerate(segments)}
    write_difference(session, moved)
    return moved


@dataclass(frozen=True)
class _Question:
    """What is asked of customers: the conditions, what the facts of metadata are, and the day. Two that are equal are the same SQL."""

    conditions: str
    types: frozenset[tuple[str, str]]
    today: datetime.date
    zone: str
    trees: Sequence[Condition] = field(compare=False)
    facts: Facts = field(compare=False)
    now: EvaluationTime = field(compare=False)

    @classmethod
    def of(cls, segments: Sequence[Segment], facts: Facts, now: EvaluationTime) -> "_Question":
        """What these segments ask."""
        trees = [segment.condition for segment in segments if segment.condition is not None]
        types = frozenset((key, fact.type) for key, fact in facts.items())
        return cls(json.dumps(trees), types, now.today, now.zone.key, trees, facts, now)


@functools.lru_cache(maxsize=QUESTIONS)
def _differing(asked: _Question) -> Select[uuid.UUID, list[int], list[int]]:
    """Those whose memberships are not as they should be: the places (from 1) of the conditions that hold, and of the lists they are on.

    Erased ones are in no segment. The answers are made once (materialized) and only differences travel.
    """
    row, facts = _read_once(asked)
    holds = [conditions.where(tree, facts, asked.now) for tree in asked.trees]
    cases: list[Any] = [case((and_(Customer.erased_at.is_(None), one), n)) for n, one in enumerate(holds, 1)]
    places: postgresql.array[Any] = postgresql.array(cases, type_=Integer)
    fits = func.array_remove(places, null(), type_=ARRAY(Integer))
    segments = select(cast(bindparam("segments", type_=Text), ARRAY(Uuid))).scalar_subquery()  # read once: as it stands, for each member
    place = func.array_position(segments, Member.segment_id, type_=Integer)
    lists = select(place).where(Member.customer_id == Customer.id, place.is_not(None)).order_by(place)
    inside = func.array(lists.correlate(Customer).scalar_subquery(), type_=ARRAY(Integer))
    answer = select(Customer.id, fits.label("fits"), inside.label("inside")).where(text(_AMONG))
    answers = (answer if row is None else answer.join(row, true())).cte("answers").prefix_with("MATERIALIZED")
    return select(answers).where(answers.c.fits != answers.c.inside)


def _read_once(asked: _Question) -> tuple[LateralFromClause | None, Facts]:
    """The facts that stand in the customer's own row as columns of a subquery, and the facts read from there.

    A text is folded and a JSON value cast once for all the conditions that ask for it: `OFFSET 0` keeps the subquery closed.
    """
    keys = sorted({leaf["fact"] for tree in asked.trees for _, leaf in conditions.leaves(tree)})
    own = {f"f{n}": fact for n, key in enumerate(keys) if (fact := asked.facts.get(key)) and in_own_row(fact)}
    if not own:
        return None, asked.facts
    read: list[ColumnElement[Any]] = [fact.sql.label(name) for name, fact in own.items() if fact.sql is not None]
    row = select(*read).offset(literal_column("0")).correlate(Customer).lateral("own")
    return row, {**asked.facts, **{fact.key: replace(fact, sql=row.c[name]) for name, fact in own.items()}}


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
