"""Which part of a list is wanted? `limit`, `page` and `order`, within Voucherify's bounds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import ColumnElement

from webapp.api.errors import wrong


@dataclass(frozen=True)
class PageRequest:
    """Rows `offset` to `offset + limit` in this order; the last column is the id, so that the order is whole."""

    limit: int
    offset: int
    order: tuple[ColumnElement[Any], ...]


def wanted(orders: Mapping[str, Any], id: Any, default: str = "-created_at") -> PageRequest:
    """Read the query string. Raises Refusal."""
    limit, page = number("limit", 10, 100), number("page", 1, 1000)
    order = request.args.get("order", default)
    column = orders.get(order.removeprefix("-"))
    if column is None:
        raise wrong("invalid_query_params", f"order may be {', '.join(orders)}, with a - before it for the other way round.")
    down = order.startswith("-")
    return PageRequest(limit, (page - 1) * limit, (column.desc() if down else column.asc(), id.desc() if down else id.asc()))


def number(name: str, default: int, most: int) -> int:
    """A whole number of the query string, from 1 to `most`. Raises Refusal."""
    text = request.args.get(name, str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        key = "page_over_limit" if name == "page" and text.isdigit() and int(text) > most else "invalid_query_params"
        raise wrong(key, f"{name} is a whole number from 1 to {most}.")
    return int(text)


def envelope(key: str, rows: list[dict[str, Any]], total: int, **more: Any) -> Response:
    """The list as it is sent."""
    return jsonify({"object": "list", "data_ref": key, key: rows, "total": total} | more)
