"""What happened and what is to be done about it: events and their work, changed facts, jobs, notices, the audit, and mail of our own."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, new_id


class Event(Base):
    """Something that happened to a customer. `kind` is one of `domain.journal.events.EventKind`."""

    __tablename__ = "events"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    at: Mapped[datetime.datetime]
    subject_id: Mapped[uuid.UUID | None]
    """What it is about: the segment entered, the campaign whose code was published, the permission given, …"""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    depth: Mapped[int] = mapped_column(SmallInteger, default=0)
    """How many distributions stand behind this event; above 3 nothing reacts (`skipped: loop`)."""

    __table_args__ = (Index("ix_events_customer", "customer_id", "id"), Index("ix_events_subject", "subject_id", "kind", "id"))


class EventWork(Base):
    """An event nobody has looked at yet. Inserted with the event, deleted when every live distribution has decided."""

    __tablename__ = "event_work"
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("events.id"), primary_key=True)
    lane: Mapped[str] = mapped_column(default="trigger")


class DirtyCustomer(Base):
    """A customer whose segments may have changed: which facts did. Deleted when the segments that read them are current."""

    __tablename__ = "dirty_customers"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    customer_id: Mapped[uuid.UUID]
    facts: Mapped[list[str]]
    """Names of facts (`customer.city`, `metadata.spend`, `consent`), or `*` for all of them."""
    depth: Mapped[int] = mapped_column(SmallInteger, default=0)
    silent: Mapped[bool] = mapped_column(default=False)
    """True: membership is written, but live distributions do not react (imports, unless ticked)."""
    lane: Mapped[str] = mapped_column(Text(collation="C"), default="trigger", server_default="trigger")
    """`trigger`: somebody changed a few; `bulk`: an import, a sync, the passing of days changed many. Each lane has workers of its own."""

    __table_args__ = (Index("ix_dirty_customers_lane", "lane", "id"), Index(None, "customer_id"))


class BrokenWork(Identified, Base):
    """An item of a lane that broke alone, with an error of its data or of our code. Its lane passes over it until a person decides."""

    __tablename__ = "broken_work"
    lane: Mapped[str] = mapped_column(Text(collation="C"))
    """A key of `domain.journal.lanes.LANES`."""
    item: Mapped[str] = mapped_column(Text(collation="C"))
    """The id of the row as text; never what is in it."""
    error: Mapped[str]
    """The class of the error; what exactly it was stands in the log under `reference`."""
    reference: Mapped[str]
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    """How often it broke in a row."""

    __table_args__ = (UniqueConstraint("lane", "item"),)


class Quarter(Base):
    """What happened in the fifteen minutes from `at` on. Days of every zone are made of whole quarters."""

    __tablename__ = "quarters"
    kind: Mapped[str] = mapped_column(primary_key=True)
    """`sent`, `failed` (by distribution), `given` (by campaign); `read`: all before `at` is summed."""
    at: Mapped[datetime.datetime] = mapped_column(primary_key=True)
    subject_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class Job(Identified, Base):
    """`kind` names the step function, `subject_id` what it works on; `cursor` is whatever the next step needs to go on."""

    __tablename__ = "jobs"
    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    title: Mapped[str]
    """As Home shows it under “Working on”."""
    state: Mapped[str] = mapped_column(default="queued")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime.datetime | None]
    ended_at: Mapped[datetime.datetime | None]
    asked_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'canceled')", name="state"),
        Index("ix_jobs_open", "id", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_jobs_subject", "subject_id", "id"),
    )


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
    subject_key: Mapped[str] = mapped_column(Text(collation="C"), Computed("largesse_fold(subject_name)", persisted=True))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]

    __table_args__ = (
        Index("ix_audit_subject", "subject", "id"),
        Index("ix_audit_subject_key", "subject_key", "id"),
        Index("ix_audit_actor", "actor", "id"),
        Index("ix_audit_command", "command", "id"),
        Index("ix_audit_created", "created_at", "id"),
    )


class PurgeProgress(Base):
    """How far a pass that forgets along a table came, and when it began with the oldest rows."""

    __tablename__ = "purge_progress"
    key: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[uuid.UUID]
    began_at: Mapped[datetime.datetime]


class ProcessReport(Base):
    """What a process says of itself every few seconds: its calls and its connections to the database."""

    __tablename__ = "process_reports"
    process: Mapped[str] = mapped_column(primary_key=True)
    """Kind, host and pid: `worker-bulk:shop-1:4711`."""
    kind: Mapped[str]
    at: Mapped[datetime.datetime]
    report: Mapped[dict[str, Any]]


class OutgoingWebhook(Identified, Base):
    """Something of our own to be posted through a connection: `body` as it is sent. Its id stays the same over every attempt."""

    __tablename__ = "outgoing_webhooks"
    kind: Mapped[str]
    """`pool`."""
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connections.id"))
    body: Mapped[str]
    state: Mapped[str] = mapped_column(default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    due_at: Mapped[datetime.datetime]
    """Not before this; while `open`, when another worker may take it over."""
    sent_at: Mapped[datetime.datetime | None]
    reason: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'open', 'sent', 'failed')", name="state"),
        Index("ix_outgoing_webhooks_due", "due_at", postgresql_where=text("state IN ('waiting', 'open')")),
    )


class OutgoingMail(Identified, Base):
    """Account mail or a notice on its way to one address. The text lies encrypted in `box` and is wiped once it was sent."""

    __tablename__ = "letters"
    kind: Mapped[str]
    """`invite`, `reset`, `notice`, `pool`."""
    address: Mapped[str]
    box: Mapped[bytes] = mapped_column(LargeBinary)
    """`domain.kernel.secrets.encrypt` of subject and text; empty when it was sent."""
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
