"""Which columns of a table have something to say? The filter `filled_columns`, around every table of a list: the others are left out."""

import re
from html import unescape

from flask import Flask
from markupsafe import Markup

_ROW = re.compile(r"<tr[\s>].*?</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])(?=[\s>]).*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SHOWN = re.compile(r"<(svg|img|progress|input|button|select|a)\b")
"""What fills a cell without words."""
NOTHING = frozenset({"", "-", "–", "—"})


def init_app(app: Flask) -> None:
    """Give templates the filter."""
    app.jinja_env.filters.update(filled_columns=filled_columns)


def filled_columns(table: str) -> Markup:
    """The rendered table without columns in which no row has a value.

    The first column stays, and so does every column of a table that is no grid of equal rows, or whose rows ask for themselves again and
    would come back with all their cells.
    """
    rows = [[cell.span() for cell in _CELL.finditer(table, row.start(), row.end())] for row in _ROW.finditer(table)]
    body = rows[1:]
    if not body or len({len(row) for row in rows}) != 1 or "<tr" not in table or "colspan" in table or _asks_again(table):
        return Markup(table)  # noqa: S704 - it was rendered, and escaped, by the template around it
    empty = [n for n in range(1, len(rows[0])) if not any(_filled(table[slice(*row[n])]) for row in body)]
    for start, end in sorted((row[n] for row in rows for n in empty), reverse=True):
        table = table[:start] + table[end:]
    return Markup(table)  # noqa: S704 - it was rendered, and escaped, by the template around it


def _filled(cell: str) -> bool:
    return bool(_SHOWN.search(cell)) or unescape(_TAG.sub("", cell)).strip() not in NOTHING


def _asks_again(table: str) -> bool:
    return any("hx-get" in row[0].partition(">")[0] for row in _ROW.finditer(table))
