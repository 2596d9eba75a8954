"""What time is it? The database's time at the start of the transaction, plus an offset that tests move.

Several processes thus agree on the time and can be moved together. Nothing else under `domain` asks a clock.
"""

import datetime

from sqlalchemy import ColumnElement, DateTime, Interval, literal_column, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from domain.kernel.base import Base


class ClockOffset(Base):
    """One row: how far this installation's clock is moved from the database's. Zero outside tests."""

    __tablename__ = "clock_offset"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    shift: Mapped[datetime.timedelta] = mapped_column(Interval, default=datetime.timedelta())


_SQL = "transaction_timestamp() + coalesce((SELECT shift FROM clock_offset WHERE id = 1), interval '0')"
_NOW = text(f"SELECT {_SQL}")
NOW: ColumnElement[datetime.datetime] = literal_column(f"({_SQL})", DateTime(timezone=True))
"""The time as SQL, for a statement that asks for something else too."""


def now(session: Session) -> datetime.datetime:
    """The time, in UTC, the same during one transaction."""
    transaction = session.get_transaction()
    kept = session.info.get("now")
    if transaction is not None and kept is not None and kept[0] is transaction:
        known: datetime.datetime = kept[1]
        return known
    value: datetime.datetime = session.execute(_NOW).scalar_one().astimezone(datetime.UTC)
    session.info["now"] = (session.get_transaction(), value)
    return value


def known(session: Session, value: datetime.datetime) -> None:
    """Another statement of this transaction brought the time along (`NOW`): nobody needs to ask again."""
    session.info["now"] = (session.get_transaction(), value.astimezone(datetime.UTC))


def shift(session: Session, by: datetime.timedelta) -> None:
    """Move the clock of every process of this installation by `by` (tests, rehearsals)."""
    session.execute(
        text("INSERT INTO clock_offset (id, shift) VALUES (1, :by) ON CONFLICT (id) DO UPDATE SET shift = clock_offset.shift + :by"),
        {"by": by},
    )
    session.info.pop("now", None)
