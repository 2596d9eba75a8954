"""When are two texts the same to people? Folded once: composed letters, no case, `ß` as `ss`, Turkish `İ` as `i`.

The columns that are searched and compared (`name_key`, `email_key`, `code_key`, …) hold what `fold` makes of the text. Python folds what is
asked for, and what it writes itself; `largesse_fold` in the database is the same function for columns that the database makes of others.
Neither asks the locale of a server. Key columns are COLLATE "C", so that a range of an index is a range of beginnings.
"""

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, and_, func
from sqlalchemy.orm import InstrumentedAttribute

BEHIND = "\U0010ffff"
"""Sorts behind every other character: the end of the range of texts that begin alike."""
_DOT = "\u0307"
"""The dot that is left of `İ` without its case: people type `i`."""


def fold(text: str) -> str:
    """Text as it is compared. Folding what is folded changes nothing."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFC", text).casefold().replace(f"i{_DOT}", "i")
    return unicodedata.normalize("NFC", plain)


def fold_in_sql(text: Any) -> ColumnElement[str]:
    """The same as `fold`, of a text in the database; indexes of it are written alike."""
    expression: ColumnElement[str] = func.largesse_fold(text).collate("C")
    return expression


def begins(column: ColumnElement[str] | InstrumentedAttribute[Any], prefix: str) -> ColumnElement[bool]:
    """Texts with this beginning, as a range that an index of the column can answer. The column is COLLATE "C"."""
    return and_(column >= prefix, column < prefix + BEHIND)
