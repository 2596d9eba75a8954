"""What is asked of a redemption, and what is answered? The words in which validation, redemption and the API speak of it."""

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.incentives.pricing.cart import Cart
from domain.incentives.pricing.take_off import TakenOff
from domain.shop.orders.wanted import OrderWanted
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.shop import OrderItem

MOST = 30
"""Codes and promotions in one call."""


@dataclass(frozen=True)
class NamedRedeemable:
    """A code or a promotion, as somebody names it."""

    noun: str
    """`voucher` or `promotion_tier`."""
    id: str


@dataclass(frozen=True)
class HoldAsked:
    """A use is to be kept for a basket: the shop's name for it, and how long."""

    key: str
    seconds: float


@dataclass(frozen=True)
class RedemptionAsked:
    """What is to be redeemed: in this order, all or nothing."""

    redeemables: Sequence[NamedRedeemable]
    customer_id: uuid.UUID | None = None
    order: OrderWanted | None = None
    hold: HoldAsked | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    tracking_id: str | None = None
    key_id: uuid.UUID | None = None
    """The key of the program that asks."""
    campaigns: frozenset[uuid.UUID] = frozenset()
    """The campaigns that it may see; empty: all."""


@dataclass(frozen=True)
class WhyNot:
    """Why something cannot be redeemed: Voucherify's word, and ours."""

    key: str
    message: str
    details: str = ""
    code: int = 400
    told: str = ""
    """What the shop may tell the customer; empty: the message."""


@dataclass
class FoundRedeemable:
    """A code or a promotion that was found, with its campaign; or none, where there is no such thing."""

    named: NamedRedeemable
    campaign: Campaign | None = None
    voucher: Voucher | None = None
    tier: Tier | None = None

    @property
    def object_id(self) -> uuid.UUID | None:
        """Its id inside."""
        one = self.voucher or self.tier
        return one.id if one else None

    @property
    def promised(self) -> tuple[Campaign, Voucher | Tier]:
        """Campaign and object of one that was found."""
        one = self.voucher or self.tier
        assert self.campaign is not None
        assert one is not None
        return self.campaign, one


@dataclass(frozen=True)
class Judged:
    """One of them with its answer. Those behind the first that cannot be redeemed are not asked."""

    redeemable: FoundRedeemable
    why_not: WhyNot | None = None
    asked: bool = True
    taken: TakenOff | None = None
    discount: Mapping[str, Any] | None = None

    @property
    def applies(self) -> bool:
        """Whether it can be redeemed."""
        return self.asked and self.why_not is None


@dataclass(frozen=True)
class Validation:
    """The answers in the order in which they were asked, and the order as it would be paid."""

    judged: Sequence[Judged]
    cart: Cart | None
    rows: Sequence[OrderItem] = ()
    """The items of the order, as the lines of the cart name them."""
    held_until: datetime.datetime | None = None

    @property
    def valid(self) -> bool:
        """Whether all of them can be redeemed."""
        return all(one.applies for one in self.judged)

    @property
    def first_no(self) -> Judged | None:
        """The one that keeps the others out."""
        return next((one for one in self.judged if one.why_not is not None), None)
