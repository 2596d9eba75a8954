"""What is given away: campaigns with vouchers and counts of pools, promotion tiers and publications."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Computed, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, Versioned


class Campaign(Identified, Versioned, Base):
    """A source of incentives of one `kind`, which is a module of `incentives/campaigns/kinds`.

    Dates bound every code; `valid_days` starts a code's own clock when it is given.
    """

    __tablename__ = "campaigns"
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="discount")
    discount: Mapped[dict[str, Any] | None]
    """`{"type": "percent", "percent": 15}`, `{"type": "amount"|"fixed", "minor": 500}`, `{"type": "unit", "units": 1, "of": "coffee"}`."""
    currency: Mapped[str]
    starts_at: Mapped[datetime.datetime | None]
    ends_at: Mapped[datetime.datetime | None]
    valid_days: Mapped[int | None]
    """Days a code stays valid after it was published; None: until the campaign ends."""
    pattern: Mapped[str] = mapped_column(default="")
    """Each `#` becomes a random character of `charset`: `AUTUMN-########`."""
    charset: Mapped[str] = mapped_column(default="")
    auto_update: Mapped[bool] = mapped_column(default=False)
    join_once: Mapped[bool] = mapped_column(default=True)
    redemption_limit: Mapped[int | None] = mapped_column(Integer().evaluates_none(), default=1)
    """How often one code can be redeemed; None: without limit."""
    rule_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rules.id"))
    segment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("segments.id"))
    """The segment named by `rule_id`'s one leaf, where there is one: the wizard offers its changes as a trigger."""
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """What only its kind asks and reads, by the key of the kind's field."""
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    active: Mapped[bool] = mapped_column(default=True)
    generation: Mapped[str] = mapped_column(default="done")
    wanted: Mapped[int] = mapped_column(default=0)
    """Codes asked for while `generation` is `running`; progress is what is in the pool."""
    generation_error: Mapped[str] = mapped_column(default="")

    __table_args__ = (
        CheckConstraint("generation IN ('running', 'done', 'failed')", name="generation"),
        CheckConstraint("redemption_limit IS NULL OR redemption_limit > 0", name="redemption_limit"),
    )


class Voucher(Base):
    """One code. The ledger: `free -> reserved -> assigned`, or `void`; the checks below keep the states honest."""

    __tablename__ = "vouchers"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    code: Mapped[str]
    """As it was made or imported; unique in the whole project whatever its case, so look it up by `code_key`."""
    code_key: Mapped[str] = mapped_column(Text(collation="C"), Computed("largesse_fold(code)", persisted=True))
    """`domain.kernel.text.folding.fold` of the code."""
    state: Mapped[str] = mapped_column(default="free")
    is_free: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    """True while `free`. A column of its own, so that later changes of `state` touch no index (heap-only updates)."""
    customer_id: Mapped[uuid.UUID | None]
    """The holder, once assigned; the customer it is held for, while reserved."""
    recipient_id: Mapped[uuid.UUID | None]
    """The recipient that holds the reservation; kept after assignment."""
    assigned_at: Mapped[datetime.datetime | None]
    expires_at: Mapped[datetime.datetime | None]
    redeemed: Mapped[int] = mapped_column(default=0)
    redeemed_at: Mapped[datetime.datetime | None]
    redeemed_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """Sum of the order amounts it was redeemed with, in minor units."""
    void_reason: Mapped[str] = mapped_column(default="")
    disabled: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Switched off by itself, whatever its campaign; it keeps its state and can be switched on again."""
    imported: Mapped[bool] = mapped_column(default=False)
    once: Mapped[bool] = mapped_column(default=False)
    """Copied from the campaign's `join_once` when it leaves the free ones: a customer has at most one such code."""
    created_at: Mapped[datetime.datetime]

    __table_args__ = (
        CheckConstraint("state IN ('free', 'reserved', 'assigned', 'void')", name="state"),
        CheckConstraint("is_free = (state = 'free')", name="is_free"),
        CheckConstraint("state <> 'free' OR (customer_id IS NULL AND recipient_id IS NULL AND assigned_at IS NULL)", name="free"),
        CheckConstraint("state <> 'reserved' OR (customer_id IS NOT NULL AND recipient_id IS NOT NULL)", name="reserved"),
        CheckConstraint("state <> 'assigned' OR (customer_id IS NOT NULL AND assigned_at IS NOT NULL)", name="assigned"),
        Index("ix_vouchers_redeemed", "redeemed_at", postgresql_where=text("redeemed_at IS NOT NULL")),
        Index("uq_vouchers_code", "code_key", unique=True),
        Index("ix_vouchers_free", "campaign_id", "id", postgresql_where=text("is_free")),
        Index("ix_vouchers_campaign", "campaign_id", "id"),
        Index("ix_vouchers_used", "campaign_id", "id", postgresql_where=text("redeemed > 0")),
        Index("ix_vouchers_void", "campaign_id", "id", postgresql_where=text("void_reason <> ''")),
        Index("ix_vouchers_customer", "customer_id", "campaign_id", postgresql_where=text("customer_id IS NOT NULL")),
        Index("uq_vouchers_once", "customer_id", "campaign_id", unique=True, postgresql_where=text("once AND customer_id IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "55"}},
    )


class CodeFile(Identified, Base):
    """A list of codes that somebody uploaded or pasted: kept as UTF-8 until it is read, a slice at a time."""

    __tablename__ = "code_files"
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), index=True)
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("jobs.id"))
    kind: Mapped[str]
    """`codes` to be added, or `used` ones."""
    name: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    content: Mapped[bytes] = mapped_column(deferred=True)
    uploaded_by: Mapped[str] = mapped_column(default="")

    __table_args__ = (CheckConstraint("kind IN ('codes', 'used')", name="kind"),)


class CodeRemark(Base):
    """A line of such a list that was left out, or needs a look, and why."""

    __tablename__ = "code_remarks"
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("code_files.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    cell: Mapped[str]
    left_out: Mapped[bool]
    words: Mapped[str]


class PoolDelta(Base):
    """A change of how many codes of a campaign are in a state, written in the statement that changes them, folded by the clock."""

    __tablename__ = "pool_deltas"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("largesse_uuid7()"))
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), index=True)
    state: Mapped[str]
    """A state of a voucher, or `redeemed`."""
    delta: Mapped[int]


class PoolCount(Base):
    """How many codes of a campaign are in a state, but for the deltas not folded yet."""

    __tablename__ = "pool_counts"
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


class PoolAlert(Base):
    """Who is told when fewer than `below` codes of a campaign are left. Told once; again after there were as many again."""

    __tablename__ = "pool_alerts"
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    below: Mapped[int]
    addresses: Mapped[list[str]] = mapped_column(JSONB, default=list)
    connection_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("connections.id"))
    """Through which a webhook is posted; None: none is."""
    armed: Mapped[bool]
    """Whether there were enough codes since it was last told."""
    told_at: Mapped[datetime.datetime | None]

    __table_args__ = (CheckConstraint("below > 0", name="below"),)


class Tier(Identified, Versioned, Base):
    """One promotion of a campaign without codes; a lower `position` is applied first."""

    __tablename__ = "promotion_tiers"
    campaign_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("campaigns.id"))
    name: Mapped[str]
    banner: Mapped[str] = mapped_column(default="")
    """The sentence shown to customers."""
    discount: Mapped[dict[str, Any]]
    position: Mapped[int]
    starts_at: Mapped[datetime.datetime | None]
    ends_at: Mapped[datetime.datetime | None]
    rule_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("rules.id"))
    active: Mapped[bool] = mapped_column(default=True)
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict, server_default=text("'{}'"))

    __table_args__ = (UniqueConstraint("campaign_id", "name"),)


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
