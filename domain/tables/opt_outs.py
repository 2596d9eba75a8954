"""To what did addresses say no, and who is told so? Addresses are known by their hash alone."""

import datetime
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base


class AddressOptOut(Base):
    """An address that said no to a permission, known only by its hash: it holds for whoever has the address, and outlives an erasure."""

    __tablename__ = "address_opt_outs"
    permission_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("permissions.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    """`email` or `phone`."""
    hash: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    how: Mapped[str]
    """As in `consents.how`."""
    created_at: Mapped[datetime.datetime]

    __table_args__ = (Index("ix_address_opt_outs_hash", "hash"),)


class OptOutToTell(Base):
    """An address that wants nothing more, for a connection that is told so. Told once; lifted, it goes, and may be told anew."""

    __tablename__ = "opt_outs_to_tell"
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    hash: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    created_at: Mapped[datetime.datetime]
    due_at: Mapped[datetime.datetime | None]
    """When it may be told; None: it was, or nobody tries any more."""
    attempts: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(server_default="waiting")
    reason: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'told', 'failed')", name="state"),
        Index("ix_opt_outs_to_tell_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
    )
