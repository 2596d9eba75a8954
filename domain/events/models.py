"""Events: the timeline of a customer, and the work they leave for live distributions and segments."""

import datetime
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, new_id


class Event(Base):
    """Something that happened to a customer. `kind` is one of `domain.events.record.Kind`."""

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

    __table_args__ = (Index("ix_dirty_customers_loud", "silent", "id"),)
