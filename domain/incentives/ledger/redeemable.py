"""Can this code be redeemed now? One answer for the customer's page, for those who ask for active coupons, and for the shop."""

import datetime
import enum
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, Uuid, and_, case, cast, exists, func, select
from sqlalchemy.orm import Session

from domain.incentives.codes.uses import USED_IN_SHOP
from domain.kernel import clock
from domain.tables.customers import Member
from domain.tables.incentives import Campaign, Voucher


class Standing(enum.StrEnum):
    """How a code stands; whatever is not USABLE says why not."""

    USABLE = "usable"
    UNGIVEN = "ungiven"
    WITHDRAWN = "withdrawn"
    USED = "used"
    DISABLED = "disabled"
    EXPIRED = "expired"
    OFF = "off"
    NOT_YET = "not_yet"
    OUTSIDE = "outside"

    @property
    def words(self) -> str:
        """As a person reads it."""
        return WORDS[self]


WORDS = {
    Standing.USABLE: "Usable",
    Standing.UNGIVEN: "Not given to anybody",
    Standing.WITHDRAWN: "Withdrawn",
    Standing.USED: "Used",
    Standing.DISABLED: "Switched off",
    Standing.EXPIRED: "Expired",
    Standing.OFF: "Campaign switched off",
    Standing.NOT_YET: "Not yet valid",
    Standing.OUTSIDE: "Customer is not in the segment",
}

ENDS = func.coalesce(Voucher.expires_at, Campaign.ends_at)
"""Until when a code is valid: the date it was given with, else its campaign's."""


def standing(now: datetime.datetime) -> ColumnElement[str]:
    """SQL over Voucher and Campaign, joined: its Standing at `now`."""
    given = (Voucher.state == "void", Standing.WITHDRAWN.value), (Voucher.state != "assigned", Standing.UNGIVEN.value)
    return case(*given, *_used_up(), *_switched(now, Voucher.customer_id), else_=Standing.USABLE.value)


def standing_in_shop(now: datetime.datetime, customer_id: uuid.UUID | None) -> ColumnElement[str]:
    """The same for somebody who shows the code in the shop: a code that nobody was given is taken too, from whoever has it.

    `customer_id`: who shows it; None: nobody knows, so its holder is meant.
    """
    withdrawn = and_(Voucher.state == "void", Voucher.void_reason != USED_IN_SHOP)
    who = func.coalesce(cast(customer_id, Uuid), Voucher.customer_id)
    return case((withdrawn, Standing.WITHDRAWN.value), *_used_up(), *_switched(now, who), else_=Standing.USABLE.value)


def _used_up() -> tuple[tuple[ColumnElement[bool], str]]:
    return ((and_(Campaign.redemption_limit.is_not(None), Voucher.redeemed >= Campaign.redemption_limit), Standing.USED.value),)


def _switched(now: datetime.datetime, who: SQLColumnExpression[Any]) -> tuple[tuple[ColumnElement[bool], str], ...]:
    in_segment = exists().where(Member.segment_id == Campaign.segment_id, Member.customer_id == who).correlate(Campaign, Voucher)
    return (
        (Voucher.disabled.is_(True), Standing.DISABLED.value),
        (now >= ENDS, Standing.EXPIRED.value),
        (~Campaign.active, Standing.OFF.value),
        (Campaign.starts_at > now, Standing.NOT_YET.value),
        (and_(Campaign.segment_id.is_not(None), ~in_segment), Standing.OUTSIDE.value),
    )


def active(now: datetime.datetime) -> ColumnElement[bool]:
    """SQL over Voucher and Campaign, joined: whether the code can be redeemed at `now`."""
    return standing(now) == Standing.USABLE.value


@dataclass(frozen=True)
class Coupon:
    """A code somebody holds, its campaign, and how it stands."""

    voucher: Voucher
    campaign: Campaign
    standing: Standing

    @property
    def ends_at(self) -> datetime.datetime | None:
        """Until when it is valid."""
        return self.voucher.expires_at or self.campaign.ends_at


def coupons(session: Session, customer_id: uuid.UUID, only_active: bool = False, limit: int = 100) -> list[Coupon]:
    """The codes that were given to this customer, the latest first."""
    now = clock.now(session)
    query = (
        select(Voucher, Campaign, standing(now))
        .join(Campaign, Campaign.id == Voucher.campaign_id)
        .where(Voucher.customer_id == customer_id, Voucher.state == "assigned")
        .order_by(Voucher.assigned_at.desc(), Voucher.id.desc())
        .limit(limit)
    )
    if only_active:
        query = query.where(active(now))
    return [Coupon(voucher, campaign, Standing(stands)) for voucher, campaign, stands in session.execute(query)]
