"""A customer, the registered types of metadata, and the addresses that must never be written to."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified, Versioned


class Customer(Identified, Versioned, Base):
    """Someone who can hold incentives. Missing text is the empty string; the folded `*_key` columns are searched and compared."""

    __tablename__ = "customers"
    source_id: Mapped[str | None] = mapped_column(unique=True)
    """The owner's own key, compared exactly; None where the owner has none."""
    name: Mapped[str] = mapped_column(default="")
    name_key: Mapped[str] = mapped_column(Computed("lower(name)", persisted=True))
    email: Mapped[str] = mapped_column(default="")
    email_key: Mapped[str] = mapped_column(Computed("lower(email)", persisted=True))
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
        Index("ix_customers_phone", "phone", postgresql_where=text("phone <> ''")),
        Index("ix_customers_email_hash", "email_hash", postgresql_where=text("email_hash <> ''")),
        Index("ix_customers_phone_hash", "phone_hash", postgresql_where=text("phone_hash <> ''")),
        Index("ix_customers_city", text("lower(city)"), "id", postgresql_where=text("city <> ''")),
        Index("ix_customers_country", text("lower(country)"), "id", postgresql_where=text("country <> ''")),
    )


class MetadataField(Identified, Base):
    """The type of a metadata key, registered at its first use."""

    __tablename__ = "metadata_fields"
    noun: Mapped[str]
    """`customer`, `campaign`, `voucher`."""
    key: Mapped[str]
    type: Mapped[str]
    label: Mapped[str] = mapped_column(default="")

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


class Import(Identified, Versioned, Base):
    """One uploaded file of customers: how it is to be read, and what became of it. The work itself is a job."""

    __tablename__ = "customer_imports"
    file_name: Mapped[str]
    """As the person called it."""
    path: Mapped[str]
    """Where it lies under LARGESSE_DATA; deleted when the import has ended."""
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="uploaded")
    """`uploaded` (being mapped), `started` (the job says how far), `discarded`."""
    reading: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """`domain.customers.imports.mapping.Settings.as_json()`."""
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("jobs.id"))
    uploaded_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (CheckConstraint("state IN ('uploaded', 'started', 'discarded')", name="state"),)


class ImportRemark(Base):
    """What there is to say about one line of an import: left out and why, or taken with a note."""

    __tablename__ = "import_remarks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    import_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer_imports.id", ondelete="CASCADE"))
    line: Mapped[int] = mapped_column(BigInteger)
    left_out: Mapped[bool]
    while_merging: Mapped[bool] = mapped_column(default=False)
    """False: said while the file was read, and said anew where the reading had to begin again."""
    column: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    cells: Mapped[list[str] | None]
    """The line as it came, where it was left out: so that it can be put right and imported again."""

    __table_args__ = (Index("ix_import_remarks_line", "import_id", "line", "id"),)
