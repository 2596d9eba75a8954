"""When can time alone change the answer, and for whom? For those whose date lies where a relative span has moved."""

import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, or_

from domain.conditions import date_ranges
from domain.conditions.facts import EvaluationTime, Fact, Facts, Type
from domain.conditions.operators import Operator, operator
from domain.conditions.tree import Condition, leaves


def _moving(node: Condition, facts: Facts) -> list[tuple[Fact, Operator, Any]]:
    found = []
    for _, leaf in leaves(node):
        fact = facts.get(leaf.get("fact", ""))
        how = operator(fact, leaf.get("is", "")) if fact else None
        if fact is not None and how is not None and how.span is not None:
            found.append((fact, how, leaf.get("value")))
    return found


def moves(node: Condition, facts: Facts) -> bool:
    """Whether the condition depends on what day it is."""
    return bool(_moving(node, facts))


def next_change(node: Condition, facts: Facts, moment: EvaluationTime) -> datetime.datetime | None:
    """When its answer can change next by time alone: at the next midnight; None: never."""
    return moment.start_of(moment.today + date_ranges.DAY) if moves(node, facts) else None


def crossing(node: Condition, facts: Facts, since: EvaluationTime, now: EvaluationTime) -> ColumnElement[bool] | None:
    """Those whose answer may have changed between two moments because a span moved over their date; None: nobody."""
    if since.today == now.today:
        return None
    crossed = [_crossed(fact, how, operand, since, now) for fact, how, operand in _moving(node, facts)]
    return or_(false(), *crossed) if crossed else None


def _crossed(fact: Fact, how: Operator, operand: Any, since: EvaluationTime, now: EvaluationTime) -> ColumnElement[bool]:
    if how.span is None or fact.sql is None:
        return false()
    before, after = how.span(operand, since.today), how.span(operand, now.today)
    if isinstance(before, frozenset):
        return date_ranges.anniversary_sql(fact.sql).in_(date_ranges.asked_in_sql(before ^ after))
    edge = date_ranges.as_day if fact.type == Type.DATE else date_ranges.as_instant
    return or_(
        _swept(fact.sql, before.low, after.low, edge, now),
        _swept(fact.sql, before.high, after.high, edge, now),
    )


def _swept(
    column: SQLColumnExpression[Any], start: datetime.date | None, end: datetime.date | None, edge: date_ranges.Edge, moment: EvaluationTime
) -> ColumnElement[bool]:
    if start is None or end is None or start == end:
        return false()
    low, high = sorted((start, end))
    return and_(column >= edge(low, moment), column < edge(high, moment))
