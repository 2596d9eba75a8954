"""The one project of an installation, its sender addresses, its notices and its audit trail."""

import datetime
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified, Versioned


class Project(Versioned, Base):
    """One row. Everything a message or a date needs to know about its sender."""

    __tablename__ = "project"
    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    brand: Mapped[str] = mapped_column(default="")
    public_url: Mapped[str] = mapped_column(default="")
    """Where customers reach this installation; links in messages begin with it, never with a Host header. No slash at the end."""
    postal_address: Mapped[str] = mapped_column(default="")
    zone: Mapped[str] = mapped_column(default="UTC")
    currency: Mapped[str] = mapped_column(default="EUR")
    dial_code: Mapped[str] = mapped_column(default="")
    """The country, as two letters (`GB`), whose dial code a phone number without one is given."""
    notice_addresses: Mapped[list[str]] = mapped_column(default=list)
    system_connection_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("connections.id"))
    """The connection for account mail and notices; None: one-time links are shown to the inviter instead."""
    shop_link: Mapped[str] = mapped_column(default="")
    """A Liquid pattern such as `https://shop.example/?code={{ voucher.code }}`."""
    send_delay_minutes: Mapped[int] = mapped_column(default=10)
    default_permission_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("permissions.id"))
    last_seen_at: Mapped[datetime.datetime | None]
    """The clock's heartbeat: a gap of an hour holds what is due until a person confirms."""
    inbox_emptied_at: Mapped[datetime.datetime | None]
    """The sandbox inbox shows what came later."""
    data_mark: Mapped[str] = mapped_column(default="")
    """A random word also kept under LARGESSE_DATA; where they differ, this database is a restored copy."""

    __table_args__ = (CheckConstraint("id = 1", name="one"),)


class Sender(Identified, Base):
    """An address that messages may come from."""

    __tablename__ = "senders"
    name: Mapped[str]
    email: Mapped[str]
    reply_to: Mapped[str] = mapped_column(default="")
    is_default: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (Index("uq_senders_default", "is_default", unique=True, postgresql_where=text("is_default")),)


class Notice(Identified, Base):
    """Something a person should know or do; open until `resolved_at`. `kind`+`subject` is open at most once."""

    __tablename__ = "notices"
    kind: Mapped[str]
    """`no_codes`, `connection`, `late`, `plan_broken`, `sync_failed`, `ceiling`, …"""
    subject: Mapped[str]
    """The outside id of what it is about (`distr_…`, `conn_…`)."""
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    grave: Mapped[bool] = mapped_column(default=False)
    """True: something stopped. False: somebody should look."""
    resolved_at: Mapped[datetime.datetime | None]
    emailed_at: Mapped[datetime.datetime | None]

    __table_args__ = (
        Index("uq_notices_open", "kind", "subject", unique=True, postgresql_where=text("resolved_at IS NULL")),
        Index("ix_notices_unmailed", "id", postgresql_where=text("emailed_at IS NULL AND resolved_at IS NULL")),
    )


class Audit(Identified, Base):
    """Who did what: one row per command, written in its transaction; the database refuses to change or delete it."""

    __tablename__ = "audit"
    actor: Mapped[str]
    """The outside id of a person (`user_…`), `system`, or `command line`."""
    actor_name: Mapped[str]
    command: Mapped[str]
    """A verb with its noun: `launch distribution`, `edit customer`."""
    subject: Mapped[str]
    """The outside id of what was changed."""
    subject_name: Mapped[str] = mapped_column(default="")
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]

    __table_args__ = (
        Index("ix_audit_subject", "subject", "id"),
        Index("ix_audit_actor", "actor", "id"),
        Index("ix_audit_command", "command", "id"),
    )


class Letter(Identified, Base):
    """Account mail or a notice on its way to one address. The text lies encrypted in `box` and is wiped once it was sent."""

    __tablename__ = "letters"
    kind: Mapped[str]
    """`invite`, `reset`, `notice`."""
    address: Mapped[str]
    box: Mapped[bytes] = mapped_column(LargeBinary)
    """`domain.secrets.encrypt` of subject and text; empty when it was sent."""
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[datetime.datetime]
    """Not before this; while `open`, when another worker may take it over."""
    sent_at: Mapped[datetime.datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'open', 'sent', 'failed')", name="state"),
        Index("ix_letters_due", "due_at", postgresql_where=text("state IN ('waiting', 'open')")),
    )
