"""What was redeemed, held for a basket and taken back, what a customer's redemptions come to, and rules of who may redeem what."""

import datetime
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel.base import Base, Identified, Versioned, new_id


class Redemption(Base):
    """One use of a code or of a promotion, or a try that was refused. Several at once have a parent, which is a row of its own.

    Lists of used codes make these rows too: the same code at the same time is the same use.
    """

    __tablename__ = "redemptions"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime.datetime]
    noun: Mapped[str] = mapped_column(Text(collation="C"))
    """`voucher`, `promotion_tier`, or `stack`: the parent of several."""
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("redemptions.id", ondelete="CASCADE"))
    voucher_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("vouchers.id", ondelete="CASCADE"))
    tier_id: Mapped[uuid.UUID | None]
    campaign_id: Mapped[uuid.UUID | None]
    customer_id: Mapped[uuid.UUID | None]
    """Who redeemed it: as the shop said, else the code's holder. No foreign keys here: what was redeemed stays, as in publications."""
    order_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("orders.id"))
    result: Mapped[str]
    """`succeeded` or `failed`."""
    failure: Mapped[str] = mapped_column(default="", server_default="")
    """Why it failed: Voucherify's word for it, `quantity_exceeded`."""
    failure_words: Mapped[str] = mapped_column(default="", server_default="")
    rolled_back_at: Mapped[datetime.datetime | None]
    minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """What the order came to after discounts, in minor units."""
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """What this one took off it."""
    taken: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """What is returned when it is rolled back: `{"order": 500, "items": [[place, discount, pieces free, pieces added]]}`."""
    source: Mapped[str]
    """`api`, or `file`."""
    key_id: Mapped[uuid.UUID | None]
    """The key of the program that asked for it."""
    file_id: Mapped[uuid.UUID | None]
    tracking_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict, server_default=text("'{}'"))

    __table_args__ = (
        CheckConstraint("noun IN ('voucher', 'promotion_tier', 'stack')", name="noun"),
        CheckConstraint("result IN ('succeeded', 'failed')", name="result"),
        CheckConstraint("rolled_back_at IS NULL OR result = 'succeeded'", name="rolled_back"),
        Index("ix_redemptions_voucher", "voucher_id", "at", postgresql_where=text("voucher_id IS NOT NULL")),
        Index("ix_redemptions_tier", "tier_id", "at", postgresql_where=text("tier_id IS NOT NULL")),
        Index("ix_redemptions_campaign", "campaign_id", "at", postgresql_where=text("campaign_id IS NOT NULL")),
        Index("ix_redemptions_customer", "customer_id", "at", postgresql_where=text("customer_id IS NOT NULL")),
        Index("ix_redemptions_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
        Index("ix_redemptions_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_redemptions_at", "at", "id"),
    )


class Rollback(Base):
    """That a redemption was taken back. It happens once."""

    __tablename__ = "rollbacks"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    redemption_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("redemptions.id", ondelete="CASCADE"), unique=True)
    parent_id: Mapped[uuid.UUID | None]
    """The rollback of the parent, where several were taken back at once."""
    at: Mapped[datetime.datetime]
    reason: Mapped[str] = mapped_column(default="")
    tracking_id: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)


class RedemptionHold(Base):
    """A use that is kept for somebody's basket until it is redeemed, given back, or its time is over."""

    __tablename__ = "redemption_holds"
    object_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    """The code, or the promotion."""
    key: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    """The session, as the shop calls it."""
    until: Mapped[datetime.datetime] = mapped_column(index=True)


class CustomerRedemptions(Base):
    """What the redemptions of a customer come to. No row: none."""

    __tablename__ = "customer_redemptions"
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customers.id", ondelete="CASCADE"), primary_key=True)
    succeeded: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """All that succeeded, those rolled back since included."""
    failed: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    rolled_back: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """What was taken off their orders, less what was given back."""


class Rule(Identified, Versioned, Base):
    """A condition in the language of `domain.conditions`. A campaign limited to a segment has a one-leaf rule without a name.

    Rules with a name stand for themselves and hold for whatever they are assigned to.
    """

    __tablename__ = "rules"
    name: Mapped[str] = mapped_column(default="")
    name_key: Mapped[str | None] = mapped_column(Text(collation="C"), unique=True)
    """The name, folded; None: it has no name."""
    condition: Mapped[dict[str, Any]]
    message: Mapped[str] = mapped_column(default="", server_default="")
    """What a customer is told whom it keeps out; empty: the words of the leaf."""
    messages: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    """The same of single leaves, by their path: `0.1`."""
    counts: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Whether it asks how often something was redeemed: then redemptions under it wait for each other."""
    said: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    """As a program wrote it, to be answered as it was sent."""


class RuleAssignment(Identified, Base):
    """That a rule holds for a campaign, a code, or a promotion."""

    __tablename__ = "rule_assignments"
    rule_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("rules.id"))
    noun: Mapped[str] = mapped_column(Text(collation="C"))
    """`campaign`, `voucher`, `promotion_tier`."""
    object_id: Mapped[uuid.UUID]

    __table_args__ = (
        CheckConstraint("noun IN ('campaign', 'voucher', 'promotion_tier')", name="noun"),
        Index("uq_rule_assignments_object", "object_id", "noun", "rule_id", unique=True),
        Index("ix_rule_assignments_rule", "rule_id", "id"),
    )
