"""Which part of a list is wanted, and how many are there? Pages by number or from behind the last one; whole tables are never counted."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, Select, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from webapp.api.door.errors import Refusal, shortened, wrong

COUNTED = 10_000
"""Rows that are counted one by one; of more, `total` is the planner's estimate."""
Rows = Select[*tuple[Any, ...]]


class _Explain(Executable, ClauseElement):
    """The plan of a query, as JSON."""

    inherit_cache = False

    def __init__(self, query: Rows) -> None:
        self.query = query


@compiles(_Explain, "postgresql")
def _explain(element: _Explain, compiler: SQLCompiler, **kw: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.query, **kw)}"


def order(text: str, orders: Mapping[str, Any], id: Any) -> tuple[ColumnElement[Any], ...]:
    """The order of `name` or `-name`; the last column is the id, so that it is whole. Raises Refusal."""
    column, down = orders.get(text.removeprefix("-")), text.startswith("-")
    if column is None:
        raise wrong("invalid_query_params", f"order may be {', '.join(orders)}, with a - before it for the other way round.")
    columns = [column] if column is id else [column, id]
    return tuple(one.desc() if down else one.asc() for one in columns)


def total(session: Session, query: Rows, id: QueryableAttribute[Any]) -> int:
    """How many rows there are: exact up to `COUNTED`, an estimate beyond."""
    ids = query.with_only_columns(id).order_by(None)
    counted = session.scalar(select(func.count()).select_from(ids.limit(COUNTED + 1).subquery())) or 0
    if counted <= COUNTED:
        return counted
    plan = session.execute(_Explain(ids)).scalar_one()
    return max(counted, int(plan[0]["Plan"]["Plan Rows"]))


def cut(rows: Sequence[Row[*tuple[Any, ...]]], limit: int) -> tuple[list[Row[*tuple[Any, ...]]], bool]:
    """A page of rows that were asked for with one more than the limit, and whether there are more."""
    return list(rows[:limit]), len(rows) > limit


def no_such_start(text: str, prefix: str) -> Refusal:
    """`starting_after_id` is none of this list."""
    return wrong(
        "invalid_query_params",
        f"starting_after_id {shortened(text)} is not in this list: it is the id of the last one you have, {prefix}_….",
    )
