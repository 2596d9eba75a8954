"""How is a long list read? A page at a time, going on after the last row seen: nothing is counted, nothing is skipped over."""

import base64
import datetime
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, Row, Select, not_, sql, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from werkzeug.exceptions import BadRequest

from integrations import outside_json

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
Query = Select[*tuple[Any, ...]]
SIZE = 50
NEAR = 20_000
"""Rows of a list that are looked through in its order before indexes of filters are put together."""


@dataclass(frozen=True)
class Page:
    """Rows of one page, and the addresses of its neighbours (None where there is none); filters in the URL stay."""

    rows: Sequence[Row[Any]]
    newer: str | None
    older: str | None
    """The address of the next page; `newer` leads back."""


def page(
    session: Session,
    select: Query,
    by: Sequence[Column],
    size: int | None = None,
    descending: bool = True,
    sparse: bool = False,
) -> Page:
    """The page that the URL asks for (`after`, `before`).

    `by` are NOT NULL columns that end in an id and order the list; they are added to the rows' end, so unpack `row[:-n]` or use names.
    `sparse`: several filters are asked at once, which may hardly fit anybody together.
    """
    size = size or SIZE
    before, after = request.args.get("before"), request.args.get("after")
    backwards = before is not None
    keys = [column.label(f"_key{n}") for n, column in enumerate(by)]
    query = select.add_columns(*keys)
    cursor, down = before or after, descending != backwards
    rest = _beyond(by, read(cursor, by), down) if cursor else true()
    query = query.where(rest)
    found = _of_few(session, query, rest, by, down, size + 1) if sparse else session.execute(_ordered(query, by, down, size + 1)).all()
    more, rows = len(found) > size, list(found[:size])
    if backwards:
        rows.reverse()
    first, last = (_key(rows[0], keys), _key(rows[-1], keys)) if rows else ((), ())
    newer = bool(rows) and (more if backwards else after is not None)
    older = bool(rows) and (True if backwards else more)
    return Page(rows, _to(before=write(first)) if newer else None, _to(after=write(last)) if older else None)


def _ordered(query: Query, by: Sequence[Column], down: bool, limit: int) -> Query:
    return query.order_by(*(column.desc() if down else column.asc() for column in by)).limit(limit)


def _of_few(
    session: Session, query: Query, rest: ColumnElement[bool], by: Sequence[Column], down: bool, limit: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The same rows, whether the filters fit many or nobody.

    PostgreSQL takes filters for independent, and would walk a whole list in its order for a page that is not there. So the nearest rows
    are looked through first (`rest`: the list from the cursor on): where many fit, they fill the page. Else those who fit are few, and
    are found by the indexes of the filters before they are put in order.
    """
    edge = session.execute(_ordered(sql.select(*by).where(rest), by, down, 1).offset(NEAR)).one_or_none()
    if edge is None:
        return session.execute(_ordered(query, by, down, limit)).all()
    near = session.execute(_ordered(query.where(not_(_beyond(by, edge, down))), by, down, limit)).all()
    if len(near) == limit:
        return near
    few = query.with_only_columns(*(column.label(f"by{n}") for n, column in enumerate(by))).cte("few").prefix_with("MATERIALIZED")
    ids = session.execute(_ordered(sql.select(*few.c), list(few.c), down, limit)).all()
    return session.execute(_ordered(query.where(by[-1].in_([row[-1] for row in ids])), by, down, limit)).all()


def write(key: Sequence[Any]) -> str:
    """A key as a word of a URL."""
    return base64.urlsafe_b64encode(json.dumps([_plain(v) for v in key]).encode()).decode().rstrip("=")


def read(word: str, by: Sequence[Column]) -> list[Any]:
    """The key of such a word, in the types of its columns. Raises BadRequest for a word that we did not write."""
    try:
        values = outside_json.read(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        return [_typed(value, column.type.python_type) for value, column in zip(values, by, strict=True)]
    except (ValueError, TypeError, KeyError) as wrong:
        raise BadRequest("This page of the list does not exist. Go back to the first page.") from wrong


def _beyond(by: Sequence[Column], key: Sequence[Any], down: bool) -> ColumnElement[bool]:
    left = tuple_(*by)
    right = tuple_(*key, types=[c.type for c in by])
    return left < right if down else left > right


def _key(row: Row[Any], keys: Sequence[Column]) -> tuple[Any, ...]:
    return tuple(row)[-len(keys) :]


def _plain(value: Any) -> Any:
    match value:
        case datetime.datetime():
            return value.astimezone(datetime.UTC).isoformat()
        case uuid.UUID():
            return value.hex
        case datetime.date():
            return value.isoformat()
        case _:
            return value


def _typed(value: Any, kind: type) -> Any:
    if kind is datetime.datetime:
        return datetime.datetime.fromisoformat(value)
    if kind is datetime.date:
        return datetime.date.fromisoformat(value)
    if kind is uuid.UUID:
        return uuid.UUID(hex=value)
    return kind(value)


def _to(**cursor: str) -> str:
    others = {k: v for k, v in request.args.to_dict(flat=False).items() if k not in {"before", "after"}}
    return url_for(request.endpoint or "", **(request.view_args or {}), **others, **cursor)  # type: ignore[arg-type] # the values of a query, none of url_for's own
