"""A segment and its members."""

import datetime
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified, Versioned


class Segment(Identified, Versioned, Base):
    """A fixed list of customers (`manual`) or a condition (`dynamic`) whose members are kept in a table."""

    __tablename__ = "segments"
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """A tree of `domain.conditions`; None for a manual segment."""
    reads: Mapped[list[str]] = mapped_column(default=list)
    """The facts its condition reads; a change of other facts leaves it alone."""
    depends_on: Mapped[list[Any]] = mapped_column(default=list)
    """Ids (as text) of the segments its condition names."""
    revision: Mapped[int] = mapped_column(default=1)
    """Counts edits of the condition; a scheduled distribution waits for the sync of the one it was saved with."""
    synced_revision: Mapped[int] = mapped_column(default=0)
    sync: Mapped[str] = mapped_column(default="syncing")
    sync_done: Mapped[int] = mapped_column(default=0)
    sync_total: Mapped[int] = mapped_column(default=0)
    sync_error: Mapped[str] = mapped_column(default="")
    synced_at: Mapped[datetime.datetime | None]
    sync_cursor: Mapped[uuid.UUID | None]
    """The sync has looked at customers up to this one; None unless `sync` is `syncing`."""
    sync_reacts: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether live distributions react to whom the running sync moves."""
    time_read_at: Mapped[datetime.datetime | None]
    """Up to when time-dependent leaves have been looked through; None: its condition does not depend on time."""
    size: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        CheckConstraint("kind IN ('manual', 'dynamic')", name="kind"),
        CheckConstraint("sync IN ('syncing', 'synced', 'failed')", name="sync"),
        CheckConstraint("(kind = 'dynamic') = (condition IS NOT NULL)", name="condition"),
    )


class Member(Base):
    """This customer is in this segment now."""

    __tablename__ = "segment_members"
    segment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    entered_at: Mapped[datetime.datetime]

    __table_args__ = (Index("ix_segment_members_customer", "customer_id", "segment_id"),)


class SizeDelta(Base):
    """A change of a segment's size, folded into `segments.size` by the clock, so that batches never fight over one row."""

    __tablename__ = "segment_size_deltas"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    segment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), index=True)
    delta: Mapped[int]
