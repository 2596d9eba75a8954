"""Recipients, their deliveries, and the counts that reports read."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base

RECIPIENT_STATES = ("pending", "ready", "served", "failed", "skipped")
DELIVERY_STATES = (
    "pending", "ready", "leased", "open", "polling", "accepted", "refused", "unsure", "skipped", "delivered", "bounced", "complained",
)  # fmt: skip


class Recipient(Base):
    """One customer on one occasion of a distribution. Its row lock guards code, caps, release and *why*."""

    __tablename__ = "recipients"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    distribution_id: Mapped[uuid.UUID]
    once_key: Mapped[str]
    """What may happen once: the run, the membership change, the publication; never the version."""
    customer_id: Mapped[uuid.UUID]
    version: Mapped[int]
    lane: Mapped[str]
    """`bulk` or `trigger`."""
    state: Mapped[str] = mapped_column(server_default="pending")
    reason: Mapped[str] = mapped_column(server_default="")
    voucher_id: Mapped[uuid.UUID | None]
    facts: Mapped[dict[str, Any] | None]
    """What the trigger said (event id and its facts) and the values seen when it was decided."""
    depth: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    waits: Mapped[bool] = mapped_column(server_default=text("true"))
    """True while `pending`. A column of its own, so that later changes of `state` touch no index (heap-only updates)."""
    prepared: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    """How often it was prepared; 0: it has no deliveries yet."""
    created_at: Mapped[datetime.datetime]
    stale_at: Mapped[datetime.datetime | None]
    """After this, a triggered message is no longer worth sending."""

    __table_args__ = (
        Index("uq_recipients_once", "distribution_id", "once_key", "customer_id", unique=True),
        Index("ix_recipients_customer", "customer_id", "id"),
        Index("ix_recipients_waiting", "distribution_id", "lane", "id", postgresql_where=text("waits")),
        CheckConstraint("waits = (state = 'pending')", name="waits"),
        CheckConstraint(f"state IN {RECIPIENT_STATES}", name="state"),
        CheckConstraint("lane IN ('bulk', 'trigger')", name="lane"),
        {"postgresql_with": {"fillfactor": "30"}},
    )


class Delivery(Base):
    """One message by one channel. Keyed (id, created_at) so that months can become partitions."""

    __tablename__ = "deliveries"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    created_at: Mapped[datetime.datetime] = mapped_column(primary_key=True)
    recipient_id: Mapped[uuid.UUID]
    distribution_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID]
    channel: Mapped[str]
    """The key of the channel in the plan (`c1`)."""
    connection_id: Mapped[uuid.UUID]
    lane: Mapped[str]
    version: Mapped[int]
    state: Mapped[str] = mapped_column(server_default="pending")
    reason: Mapped[str] = mapped_column(server_default="")
    address: Mapped[str] = mapped_column(server_default="")
    slots: Mapped[dict[str, Any] | None]
    """Rendered values of the message's slots; with the version they rebuild the message exactly."""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    attempt_id: Mapped[uuid.UUID | None]
    """The claim that holds it while `leased` or `open`, and whose late answer is still taken afterwards."""
    due_at: Mapped[datetime.datetime | None]
    """When it may be claimed (`ready`) or asked about (`polling`); None in every other state."""
    ready_at: Mapped[datetime.datetime | None]
    """When it was last prepared; after five minutes without a call it is prepared anew."""
    provider_id: Mapped[str | None]
    """What the provider calls it, where it calls each message by a name; of calls with one name for all, see ProviderCall."""
    sent_at: Mapped[datetime.datetime | None]
    settled_at: Mapped[datetime.datetime | None]
    """When the provider's last word came."""
    soft: Mapped[bool] = mapped_column(server_default=text("false"))
    """Of a bounce: it says nothing about the address."""
    opened_at: Mapped[datetime.datetime | None]
    clicked_at: Mapped[datetime.datetime | None]

    __table_args__ = (
        Index("uq_deliveries_recipient", "recipient_id", "channel", "created_at", unique=True),
        Index("ix_deliveries_customer", "customer_id", "id"),
        Index("ix_deliveries_distribution", "distribution_id", "id"),
        Index("ix_deliveries_due", "distribution_id", "lane", "due_at", postgresql_where=text("due_at IS NOT NULL")),
        Index("ix_deliveries_provider", "connection_id", "provider_id", postgresql_where=text("provider_id IS NOT NULL")),
        CheckConstraint(f"state IN {DELIVERY_STATES}", name="state"),
        {"postgresql_with": {"fillfactor": "45"}},
    )


class DeliveryLease(Base):
    """A worker's hold on some deliveries: `leased` while it has them, `open` while a call with them is under way.

    One row per batch instead of a lease on every delivery: whose worker died is found in a table that is nearly empty.
    """

    __tablename__ = "delivery_claims"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The `attempt_id` of its deliveries."""
    distribution_id: Mapped[uuid.UUID]
    channel: Mapped[str]
    connection_id: Mapped[uuid.UUID]
    lane: Mapped[str]
    state: Mapped[str]
    deliveries: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    began_at: Mapped[datetime.datetime]
    lease_until: Mapped[datetime.datetime]
    """Moved on every few seconds by the worker that lives; past it, anybody may take the deliveries back."""
    repeat_until: Mapped[datetime.datetime | None]
    """Until then the provider recognises a repetition of this call."""

    __table_args__ = (
        CheckConstraint("state IN ('leased', 'open')", name="state"),
        Index("ix_delivery_claims_lease", "lease_until"),
        Index("ix_delivery_claims_distribution", "distribution_id"),
    )


class ProviderCall(Base):
    """A call that was taken as a whole, and what the provider calls it: one row instead of the same id on each of its deliveries."""

    __tablename__ = "provider_calls"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The `attempt_id` of its deliveries."""
    connection_id: Mapped[uuid.UUID]
    provider_id: Mapped[str] = mapped_column(Text(collation="C"))
    deliveries: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    at: Mapped[datetime.datetime]

    __table_args__ = (Index("ix_provider_calls_provider", "connection_id", "provider_id"),)


class DeliveryStep(Base):
    """One line of a delivery's timeline beyond what its own columns say: a retry, a receipt, a person's decision."""

    __tablename__ = "delivery_steps"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    delivery_id: Mapped[uuid.UUID]
    at: Mapped[datetime.datetime]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("ix_delivery_steps_delivery", "delivery_id", "id"),)


class ProviderExchange(Base):
    """What one attempt asked and was answered, secrets masked and bodies cut; only of modes that tell, kept 30 days."""

    __tablename__ = "exchanges"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    delivery_id: Mapped[uuid.UUID]
    at: Mapped[datetime.datetime] = mapped_column(index=True)
    url: Mapped[str]
    headers: Mapped[dict[str, Any]]
    body: Mapped[str]
    milliseconds: Mapped[int]
    status: Mapped[int | None] = mapped_column(SmallInteger)
    """None: there was no answer; `reason` says why."""
    answer_headers: Mapped[dict[str, Any]]
    answer_body: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str]
    """Who sent it again; empty: it went by itself."""

    __table_args__ = (Index("ix_exchanges_delivery", "delivery_id", "id"),)


class TallyDelta(Base):
    """A change of how many deliveries are in a state, written in the statement that changed them; folded by the clock."""

    __tablename__ = "tally_deltas"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    distribution_id: Mapped[uuid.UUID]
    channel: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str]
    minute: Mapped[datetime.datetime]
    delta: Mapped[int]

    __table_args__ = (Index("ix_tally_deltas_distribution", "distribution_id"),)


class Tally(Base):
    """Folded sums of the deltas. `channel` is empty for recipients."""

    __tablename__ = "tallies"
    distribution_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[datetime.datetime] = mapped_column(primary_key=True, index=True)
    count: Mapped[int] = mapped_column(BigInteger)
