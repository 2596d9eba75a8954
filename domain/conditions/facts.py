"""What can a condition ask about, and at which moment is it asked?"""

import datetime
import enum
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, SQLColumnExpression


class Type(enum.StrEnum):
    """What kind of value a fact has; it decides which operators there are."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    RELATION = "relation"
    """How the customer stands to a segment, a permission, a campaign, a distribution; the value names which."""


@dataclass(frozen=True)
class Aspect:
    """One way of standing to a thing: `holds` a voucher of a campaign. `exists` is its SQL, for the id of the thing."""

    key: str
    words: str
    """As it is said: `holds a code of`."""
    not_words: str
    """The opposite, which is an operator too: `holds no code of`. Empty: not offered."""
    exists: Callable[[uuid.UUID], ColumnElement[bool]]


@dataclass(frozen=True)
class Fact:
    """Something known about a customer. `sql` is its typed value, NULL where it is missing or of the wrong type."""

    key: str
    label: str
    type: Type
    group: str
    sql: SQLColumnExpression[Any] | None = field(default=None, compare=False)
    exact: bool = False
    """Text whose case matters."""
    aspects: tuple[Aspect, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Of a relation: id (as text) -> name of each thing it can name."""
    noun: str = ""
    """Of a relation: what it names, as in “choose a campaign”."""
    marked_as: str = ""
    """Under which name a change of it is marked; empty: its key. With a `:` at the end, the id of the thing follows."""


Facts = Mapping[str, Fact]
"""The facts that a condition may read, by their keys."""


@dataclass(frozen=True)
class EvaluationTime:
    """When a condition is asked, and in whose days. Days begin at midnight in `zone`."""

    now: datetime.datetime
    zone: ZoneInfo

    @property
    def today(self) -> datetime.date:
        """The day it is in the zone."""
        return self.now.astimezone(self.zone).date()

    def start_of(self, day: datetime.date) -> datetime.datetime:
        """The instant at which a day begins: in a gap the next valid minute, in a fold the first."""
        return datetime.datetime.combine(day, datetime.time(), self.zone).astimezone(datetime.UTC)
