"""The record that a code was given. Once here, it belongs to the customer for ever."""

import uuid
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.base import Base, Identified


class Publication(Identified, Base):
    """One code, one customer. A triple (campaign, customer, source_id) stands for one publication, however often it is asked for."""

    __tablename__ = "publications"
    campaign_id: Mapped[uuid.UUID]
    """Copied from the voucher in the statement that gives it. No foreign keys here: campaigns and codes are never deleted, and checking
    two references for each code was a third of the cost of giving it."""
    voucher_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    customer_id: Mapped[uuid.UUID]
    recipient_id: Mapped[uuid.UUID | None]
    distribution_id: Mapped[uuid.UUID | None]
    source_id: Mapped[str | None]
    channel: Mapped[str]
    """`Dashboard` (manual), `Automation` (live), `API`."""
    once: Mapped[bool] = mapped_column(default=False)
    """Copied from the campaign's `join_once`: a customer has at most one such publication."""
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)

    __table_args__ = (
        Index("uq_publications_recipient", "recipient_id", unique=True, postgresql_where=text("recipient_id IS NOT NULL")),
        Index(
            "uq_publications_source",
            "campaign_id",
            "customer_id",
            "source_id",
            unique=True,
            postgresql_where=text("source_id IS NOT NULL"),
        ),
        Index("uq_publications_once", "campaign_id", "customer_id", unique=True, postgresql_where=text("once")),
        Index("ix_publications_customer", "customer_id", "id"),
        Index("ix_publications_distribution", "distribution_id", "id", postgresql_where=text("distribution_id IS NOT NULL")),
    )
