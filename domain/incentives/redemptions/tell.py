"""What is told of a redemption, one that failed, and one that was taken back? Their events, for timelines and live distributions."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal.events import EventKind, NewEvent, record
from domain.kernel.base import Prefix, outside
from domain.kernel.text import money
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.redemptions import Redemption
from domain.tables.shop import Order


def tell(session: Session, kind: EventKind, redemptions: Iterable[Redemption], more: Mapping[str, Any] | None = None) -> None:
    """Record the event of each, for whoever redeemed it, else for the holder of the code; nobody at all is told nothing."""
    done = list(redemptions)
    holders = _holders(session, done)
    events = []
    for one in done:
        who = one.customer_id or holders.get(one.voucher_id)
        if who is None or one.campaign_id is None:
            continue
        facts = _facts(session, one) | dict(more or {})
        holder = holders.get(one.voucher_id)
        facts |= {"holder_id": str(holder)} if holder else {}
        events.append(NewEvent(who, kind, one.campaign_id, facts))
    record(session, events)


def _holders(session: Session, done: list[Redemption]) -> dict[Any, Any]:
    ids = [one.voucher_id for one in done if one.voucher_id]
    asked = select(Voucher.id, Voucher.customer_id).where(Voucher.id.in_(ids), Voucher.customer_id.is_not(None))
    return {row.id: row.customer_id for row in session.execute(asked)} if ids else {}


def _facts(session: Session, one: Redemption) -> dict[str, Any]:
    """Ids, and what messages may say: `redemption.discount`, `order.total`; the code itself stays in the ledger."""
    campaign = session.get_one(Campaign, one.campaign_id)
    ids = {"redemption_id": one.id, "voucher_id": one.voucher_id, "tier_id": one.tier_id, "campaign_id": one.campaign_id}
    told: dict[str, Any] = {name: str(id) for name, id in ids.items() if id}
    order = session.get(Order, one.order_id) if one.order_id else None
    told["order"] = dict.fromkeys(("id", "number", "amount", "total"), "")
    if order is not None:
        told["order"] = {
            "id": outside(Prefix.ORDER, order.id),
            "number": order.source_id or outside(Prefix.ORDER, order.id),
            "amount": money.plain(order.total_amount, campaign.currency),
            "total": money.shown(order.total_amount, campaign.currency),
        }
    tier = session.get(Tier, one.tier_id) if one.tier_id else None
    told["redemption"] = {
        "id": outside(Prefix.REDEMPTION, one.id),
        "discount": money.shown(one.discount_minor, campaign.currency),
        "total": money.shown(one.minor, campaign.currency),
        "tier": tier.name if tier else "",
        "failure": one.failure_words,
    }
    return told | {"minor": one.minor, "at": one.at.isoformat()}
