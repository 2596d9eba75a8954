"""Permissions, the current word of each customer on them, and the log of every change."""

import datetime
import uuid

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified, Versioned


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
