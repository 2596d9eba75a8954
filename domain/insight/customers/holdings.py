"""What does a customer hold, where are they a member, and what was sent to them lately? What the page about them shows."""

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.customers.consents import opt_outs
from domain.incentives.campaigns.kinds.catalogue import campaign_kind, keys_with_codes
from domain.incentives.campaigns.kinds.contract import Worth
from domain.insight.reports.fate import fate
from domain.kernel import clock
from domain.tables.customers import AddressOptOut, Consent, Customer, Member, Permission, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Voucher
from domain.tables.sending import Delivery, Recipient
from domain.tables.shop import CustomerOrders

MOST = 60


@dataclass(frozen=True)
class HeldVoucher:
    """A code of this customer. `kind` is "" (usable), `torn` (used up) or `gone` (expired, withdrawn)."""

    voucher: Voucher
    campaign: Campaign
    kind: str
    ends_at: datetime.datetime | None
    worth: Worth


def tickets(session: Session, customer_id: uuid.UUID) -> list[HeldVoucher]:
    """The codes they were given, usable ones first, the newest first among them."""
    query = select(Voucher, Campaign).join(Campaign, Campaign.id == Voucher.campaign_id)
    query = query.where(Voucher.customer_id == customer_id, Voucher.state == "assigned").order_by(
        Voucher.assigned_at.desc(), Voucher.id.desc()
    )
    now = clock.now(session)
    found = [_ticket(voucher, campaign, now) for voucher, campaign in session.execute(query.limit(MOST))]
    return sorted(found, key=lambda ticket: ("", "torn", "gone").index(ticket.kind))


def _ticket(voucher: Voucher, campaign: Campaign, now: datetime.datetime) -> HeldVoucher:
    ends = min(filter(None, (voucher.expires_at, campaign.ends_at)), default=None)
    used_up = campaign.redemption_limit is not None and voucher.redeemed >= campaign.redemption_limit
    gone = (ends is not None and ends <= now) or not campaign.active
    return HeldVoucher(
        voucher, campaign, "torn" if used_up else "gone" if gone else "", ends, campaign_kind(campaign.kind).worth(campaign, voucher)
    )


@dataclass(frozen=True)
class GivenConsent:
    """A customer's word on one permission; `consent` is None where they were never asked."""

    permission: Permission
    consent: Consent | None
    opt_out: AddressOptOut | None = None
    """What an address of theirs said, whoever had it then."""

    @property
    def given(self) -> bool:
        """Whether they allow it now."""
        return self.consent is not None and self.consent.given and self.opt_out is None

    @property
    def refused(self) -> bool:
        """Whether somebody said no, which only they, or a member who says why, take back."""
        return self.opt_out is not None or (self.consent is not None and not self.consent.given)


def words(session: Session, customer: Customer) -> list[GivenConsent]:
    """Every permission, with this customer's word on it."""
    joined = (Consent.permission_id == Permission.id) & (Consent.customer_id == customer.id)
    rows = session.execute(select(Permission, Consent).outerjoin(Consent, joined).order_by(Permission.name_key))
    noes = opt_outs.of_customer(session, customer)
    return [GivenConsent(permission, consent, noes.get(permission.id)) for permission, consent in rows]


def segments(session: Session, customer_id: uuid.UUID) -> Sequence[Segment]:
    """The segments they are in, by name."""
    query = select(Segment).join(Member, Member.segment_id == Segment.id).where(Member.customer_id == customer_id)
    return session.scalars(query.order_by(Segment.name_key)).all()


@dataclass(frozen=True)
class ReceivedMessage:
    """A distribution that had this customer before it, and how that ended."""

    distribution: Distribution
    recipient: Recipient
    fate: str
    """See `fate.fate`."""


def lately(session: Session, customer_id: uuid.UUID, size: int = 5) -> list[ReceivedMessage]:
    """The last distributions that decided about this customer."""
    query = select(Distribution, Recipient).join(Recipient, Recipient.distribution_id == Distribution.id)
    rows = session.execute(query.where(Recipient.customer_id == customer_id).order_by(Recipient.id.desc()).limit(size)).all()
    ids = [recipient.id for _, recipient in rows]
    messages = session.scalars(select(Delivery).where(Delivery.recipient_id.in_(ids))).all()
    return [ReceivedMessage(row, one, fate(one, [m for m in messages if m.recipient_id == one.id])) for row, one in rows]


def launched(session: Session) -> Sequence[Distribution]:
    """Distributions one can ask about: the newest that ever ran."""
    return session.scalars(select(Distribution).where(Distribution.version > 0).order_by(Distribution.id.desc()).limit(100)).all()


def givable(session: Session) -> Sequence[Campaign]:
    """Campaigns whose codes a person may give by hand."""
    now = clock.now(session)
    open_ = Campaign.active & (Campaign.ends_at.is_(None) | (Campaign.ends_at > now)) & (Campaign.kind.in_(keys_with_codes()))
    return session.scalars(select(Campaign).where(open_).order_by(Campaign.name_key).limit(200)).all()


@dataclass(frozen=True)
class SoFar:
    """Numbers about one customer."""

    codes: int
    redeemed: int
    saved_minor: int
    messages_30_days: int
    orders: int
    ordered_minor: int


def so_far(session: Session, customer: Customer) -> SoFar:
    """Codes and messages in numbers; read from this customer's own rows."""
    mine = (Voucher.customer_id == customer.id) & (Voucher.state == "assigned")
    codes, redeemed, minor = session.execute(
        select(func.count(), func.coalesce(func.sum(Voucher.redeemed), 0), func.coalesce(func.sum(Voucher.redeemed_minor), 0)).where(mine)
    ).one()
    month = clock.now(session) - datetime.timedelta(days=30)
    messages = select(func.count()).where(Delivery.customer_id == customer.id, Delivery.sent_at >= month)
    orders = session.get(CustomerOrders, customer.id)
    counted = (orders.orders, orders.amount) if orders else (0, 0)
    return SoFar(codes, int(redeemed), int(minor), session.scalar(messages) or 0, *counted)
