"""Connections to providers: what is needed there, how fast they may be asked, what they told us unasked, and messages sent as a test."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, Versioned


class Connection(Identified, Versioned, Base):
    """`provider` is a key of the catalogue. What is secret lies encrypted in `secrets`, everything else in `config`."""

    __tablename__ = "connections"
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    provider: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    """`domain.kernel.secrets.encrypt` of the fields marked secret; empty where there is none."""
    receipt_word: Mapped[str] = mapped_column(unique=True)
    """The random part of the address this provider's receipts are sent to."""
    health: Mapped[str] = mapped_column(default="unknown")
    health_reason: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime.datetime | None]
    paused_at: Mapped[datetime.datetime | None]
    paused_reason: Mapped[str] = mapped_column(default="")
    per_second: Mapped[int | None]
    """A person's own limit of calls a second; None: the mode's."""
    batch: Mapped[int | None]
    archived_at: Mapped[datetime.datetime | None]
    tells_opt_outs: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether the platform is told who wants nothing more."""
    failing_since: Mapped[datetime.datetime | None]
    """When the first call since the last success failed; kept only for modes that stop after long failure."""
    forget_at: Mapped[datetime.datetime | None]
    """When secrets that were replaced stop to count and are forgotten."""

    __table_args__ = (CheckConstraint("health IN ('unknown', 'working', 'failing')", name="health"),)


class Prerequisite(Base):
    """What a platform said is missing there before values of some names can be written; asked again when it is old."""

    __tablename__ = "prerequisites"
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    """A digest of what was asked: mode, names, and the settings' row version."""
    problems: Mapped[list[str]] = mapped_column(JSONB)
    checked_at: Mapped[datetime.datetime]

    __table_args__ = (Index("ix_prerequisites_checked", "checked_at"),)


class RateBudget(Base):
    """What a connection's mode may do now; shared by every worker: calls of this second, the provider's own wait, and whether it fails."""

    __tablename__ = "rate_budgets"
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    second: Mapped[datetime.datetime]
    taken: Mapped[int] = mapped_column(default=0)
    taken_by_bulk: Mapped[int] = mapped_column(default=0)
    wait_until: Mapped[datetime.datetime | None]
    """The provider's own word: no call before."""
    wait_reason: Mapped[str] = mapped_column(server_default="")
    bad_calls: Mapped[int] = mapped_column(server_default="0")
    """Calls in a row without one yes that ended in doubt or by a fault of the peer; from the first on one message goes at a time."""
    failing_since: Mapped[datetime.datetime | None]
    """When the second of them came; None: it does not fail."""
    failing_reason: Mapped[str] = mapped_column(server_default="")
    probe_at: Mapped[datetime.datetime | None]
    """No call before; then one message tries."""
    turn_until: Mapped[datetime.datetime | None]
    """Somebody's call of one message is under way, or its worker was killed; no other begins before."""


class RawReceipt(Identified, Base):
    """What a provider posted to us, as it came; applied by a worker, kept 30 days."""

    __tablename__ = "raw_receipts"
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(default="pending")
    """`pending`, `applied`, `unknown` (names a message we do not know yet: tried again for an hour), `refused`."""
    reason: Mapped[str] = mapped_column(default="")
    waiting: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    """While `unknown`: which of its events wait, by their place in the post. The others are applied, and are not applied again."""
    digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of a signed post: keeps its repetition out. None: nobody signed it."""

    __table_args__ = (
        Index("ix_raw_receipts_open", "id", postgresql_where=text("state IN ('pending', 'unknown')")),
        Index("uq_raw_receipts_digest", "digest", unique=True, postgresql_where=text("digest IS NOT NULL")),
    )


class ReceiptsWaiting(Base):
    """How many bytes of posts wait to be applied: the sum over all rows. A trigger counts; each backend writes to a row of its own."""

    __tablename__ = "receipts_waiting"
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    bytes: Mapped[int] = mapped_column(BigInteger)


class Mailbox(Base):
    """A mailbox that mails come back to, as `domain.sending.receipts.mailboxes` looks into it."""

    __tablename__ = "mailboxes"
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True)
    due_at: Mapped[datetime.datetime] = mapped_column(index=True)
    looked_at: Mapped[datetime.datetime | None]
    """When it was last read to its end."""
    taken: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    left_alone: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """How many mails said nothing to us and were left where they are: answers of people and machines, newsletters."""
    left_ids: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Their ids there, so that they are not fetched again."""
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(default="", server_default="")


class TestSend(Identified, Base):
    """A test message, kept so that the sandbox inbox can show it. Takes no code, counts nowhere."""

    __tablename__ = "test_sends"
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connections.id", ondelete="CASCADE"))
    distribution_id: Mapped[uuid.UUID | None]
    customer_id: Mapped[uuid.UUID | None]
    channel: Mapped[str]
    address: Mapped[str]
    parts: Mapped[dict[str, Any]]
    """The rendered parts: subject, text, html, payload."""
    outcome: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    sent_by: Mapped[str] = mapped_column(default="")
