"""Which customers does a condition hold for? The same tree as one SQL expression."""

from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, func, not_, or_, true

from domain.conditions.facts import EvaluationTime, Facts
from domain.conditions.operators import NOWHERE, operator
from domain.conditions.tree import Condition, branches
from domain.conditions.values import operand


def where(node: Condition, facts: Facts, moment: EvaluationTime) -> ColumnElement[bool]:
    """A condition for WHERE over the tables its facts' columns come from.

    NULL stands for false where that makes no difference, so that indexes can be used; below a `not` it is made false.
    """
    return _node(node, facts, moment, plain=True)


def _node(node: Condition, facts: Facts, moment: EvaluationTime, plain: bool) -> ColumnElement[bool]:
    join, children = branches(node)
    match join:
        case "all":
            return and_(true(), *(_node(child, facts, moment, plain) for child in children))
        case "any":
            return or_(false(), *(_node(child, facts, moment, plain) for child in children))
        case "not":
            return not_(_node(children[0], facts, moment, plain=False))
        case _:
            return _leaf(node, facts, moment, plain)


def _leaf(leaf: Condition, facts: Facts, moment: EvaluationTime, plain: bool) -> ColumnElement[bool]:
    fact = facts.get(leaf["fact"])
    found = operator(fact, leaf["is"]) if fact else None
    if fact is None or found is None:
        return false()
    column: SQLColumnExpression[Any] = NOWHERE if fact.sql is None else fact.sql
    expression = found.sql(column, operand(fact, leaf.get("value")), moment)
    if found.negated:
        return not_(func.coalesce(expression, false()))
    return expression if plain else func.coalesce(expression, false())
