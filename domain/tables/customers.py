"""Customers: what we know of them, what they allow, what addresses said no to, who must not be written to, and segments with members."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, Date, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, Versioned

_TYPED_NAMES = "typed_name, typed_first_name, typed_last_name"


class Permission(Identified, Versioned, Base):
    """Something a customer may allow: a purpose, by these channels, in this wording."""

    __tablename__ = "permissions"
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(default="")
    channels: Mapped[list[str]] = mapped_column(default=list)
    """Of `email`, `sms`, `platform`, `webhook`."""
    wording: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    """Counts changes of the wording; a consent remembers the one it was given to."""


class Consent(Base):
    """What a customer's word on a permission is now. No row: never asked, which counts as no."""

    __tablename__ = "consents"
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    permission_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("permissions.id"), primary_key=True)
    given: Mapped[bool]
    version: Mapped[int]
    at: Mapped[datetime.datetime]
    how: Mapped[str]
    """`by hand`, `import`, `unsubscribe link`, `provider`, …"""

    __table_args__ = (Index("ix_consents_permission", "permission_id", "customer_id", postgresql_where="given"),)


class ConsentLog(Identified, Base):
    """Every change of a consent, append-only."""

    __tablename__ = "consent_log"
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id"))
    permission_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("permissions.id"))
    given: Mapped[bool]
    version: Mapped[int]
    how: Mapped[str]
    by: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("ix_consent_log_customer", "customer_id", "id"),)


class Customer(Identified, Versioned, Base):
    """Someone who can hold incentives. Missing text is the empty string; the folded `*_key` columns are searched and compared."""

    __tablename__ = "customers"
    source_id: Mapped[str | None] = mapped_column(unique=True)
    """The owner's own key, compared exactly; None where the owner has none."""
    typed_name: Mapped[str] = mapped_column(default="")
    """The full name as somebody gave it, and below the parts; each stays as it is, whatever the others become."""
    typed_first_name: Mapped[str] = mapped_column(default="", server_default="")
    typed_last_name: Mapped[str] = mapped_column(default="", server_default="")
    name: Mapped[str] = mapped_column(Computed(f"largesse_full_name({_TYPED_NAMES})", persisted=True))
    """The full name that counts: as it was typed, else first and last name together. Never written."""
    first_name: Mapped[str] = mapped_column(Computed(f"largesse_first_name({_TYPED_NAMES})", persisted=True))
    """As it was typed, else what the full name says. Never written."""
    last_name: Mapped[str] = mapped_column(Computed(f"largesse_last_name({_TYPED_NAMES})", persisted=True))
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), Computed(f"largesse_fold(largesse_full_name({_TYPED_NAMES}))", persisted=True)
    )
    email: Mapped[str] = mapped_column(default="")
    email_key: Mapped[str] = mapped_column(Text(collation="C"), Computed("largesse_fold(email)", persisted=True))
    phone: Mapped[str] = mapped_column(default="")
    """E.164, `+447700900018`."""
    email_hash: Mapped[str] = mapped_column(default="")
    """`address_hash("email", …)`: the key of the suppression list; empty where there is no address."""
    phone_hash: Mapped[str] = mapped_column(default="")
    birthdate: Mapped[datetime.date | None] = mapped_column(Date)
    line1: Mapped[str] = mapped_column(default="")
    line2: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    region: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    country: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    """Free metadata; the type of each key is registered in `metadata_fields` at first use."""
    erased_at: Mapped[datetime.datetime | None]
    import_id: Mapped[uuid.UUID | None]

    __table_args__ = (
        Index("ix_customers_email", "email_key", "id", postgresql_where=text("email_key <> ''")),
        Index("ix_customers_name", "name_key", "id"),
        Index("ix_customers_created", "created_at", "id"),
        Index("ix_customers_no_email", "id", postgresql_where=text("email_key = ''")),
        Index("ix_customers_no_phone", "id", postgresql_where=text("phone = ''")),
        Index("ix_customers_phone", "phone", postgresql_where=text("phone <> ''")),
        Index("ix_customers_email_hash", "email_hash", postgresql_where=text("email_hash <> ''")),
        Index("ix_customers_phone_hash", "phone_hash", postgresql_where=text("phone_hash <> ''")),
        Index("ix_customers_city", text('(largesse_fold(city) COLLATE "C")'), "id", postgresql_where=text("city <> ''")),
        Index("ix_customers_country", text('(largesse_fold(country) COLLATE "C")'), "id", postgresql_where=text("country <> ''")),
    )


class CustomerClaim(Base):
    """A key under which somebody is just being added (`domain.customers.identify.claim`). No row is ever seen committed."""

    __tablename__ = "customer_claims"
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """The hash of kind and folded key."""

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)


class MetadataField(Identified, Base):
    """The type of a metadata key, registered at its first use."""

    __tablename__ = "metadata_fields"
    noun: Mapped[str]
    """`customer`, `campaign`, `voucher`."""
    key: Mapped[str]
    type: Mapped[str]
    label: Mapped[str] = mapped_column(default="")
    customers: Mapped[int | None] = mapped_column(BigInteger)
    """How many customers carried it when they were last counted; None: never counted."""
    counted_at: Mapped[datetime.datetime | None]

    __table_args__ = (
        UniqueConstraint("noun", "key"),
        CheckConstraint("type IN ('text', 'number', 'boolean', 'date', 'datetime')", name="type"),
    )


class Suppression(Base):
    """An address that is never written to again, known only by its hash, so that it outlives an erasure."""

    __tablename__ = "suppressions"
    kind: Mapped[str] = mapped_column(primary_key=True)
    """`email` or `phone`."""
    hash: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    """`bounced`, `complained`, `unsubscribed`, `stop`, `erased`, `by hand`, `import`."""
    source: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime.datetime]


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
    customer_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """No foreign key: the row of a customer is never deleted, and looking it up was more than half of writing a member."""
    entered_at: Mapped[datetime.datetime]

    __table_args__ = (Index("ix_segment_members_customer", "customer_id", "segment_id"),)


class SizeDelta(Base):
    """A change of a segment's size, folded into `segments.size` by the clock, so that batches never fight over one row."""

    __tablename__ = "segment_size_deltas"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    segment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), index=True)
    delta: Mapped[int]


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
