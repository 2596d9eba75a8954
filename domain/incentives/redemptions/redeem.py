"""Redeem codes and promotions on an order: all of them or none, in one transaction. A try that fails is written down, too.

Rules that count are locked first, then codes, both in the order of their ids, then the order, then the sums of its customer.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives import customer_sums
from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes.uses import CodeUse
from domain.incentives.customer_sums import OneMore
from domain.incentives.pricing.take_off import TakenOff
from domain.incentives.redemptions import find, holds, on_its_way, rules, tell
from domain.incentives.redemptions.asked import MOST, Judged, RedemptionAsked, Validation
from domain.incentives.redemptions.basket import Basket, basket, order_to_write
from domain.incentives.redemptions.judge import judge
from domain.journal import changed_facts
from domain.journal.events import EventKind
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.kernel.errors import Refused
from domain.shop.orders.record import Recorded, record
from domain.tables.incentives import Campaign
from domain.tables.redemptions import Redemption


@dataclass(frozen=True)
class RedemptionDone:
    """What became of it: the redemptions in order, their parent where there are several, and the order as it was written."""

    validation: Validation
    redemptions: Sequence[Redemption] = ()
    parent: Redemption | None = None
    order: Recorded | None = None
    failed: Redemption | None = None
    """The try that was refused; then nothing else was done."""


@dataclass
class _Books:
    """What all rows of one call have in common."""

    asked: RedemptionAsked
    at: datetime.datetime
    order: Recorded | None
    parent: uuid.UUID | None
    rows: dict[int, dict[str, Any]] = field(default_factory=dict)


def validate(session: Session, asked: RedemptionAsked) -> Validation:
    """Whether they can be redeemed together, and what would be taken off. Only a hold changes anything. Raises Refused."""
    _check(asked)
    redeemables = find.found(session, asked.redeemables, asked.campaigns)
    if asked.hold:
        find.lock(session, redeemables)
    meant = basket(session, asked.order) if asked.order else None
    judged, cart = judge(session, asked, redeemables, meant)
    rows = meant.rows if meant else ()
    if asked.hold is None or not all(one.applies for one in judged):
        return Validation(judged, cart, rows)
    until = holds.hold(session, [id for one in redeemables if (id := one.object_id)], asked.hold)
    return Validation(judged, cart, rows, until)


def redeem(session: Session, actor: Actor, asked: RedemptionAsked) -> RedemptionDone:
    """Redeem all of them, or none. Raises Refused where the order cannot be."""
    _check(asked)
    redeemables = find.found(session, asked.redeemables, asked.campaigns)
    rules.lock(session, redeemables)
    find.lock(session, redeemables)
    meant = basket(session, asked.order, lock=True) if asked.order else None
    judged, cart = judge(session, asked, redeemables, meant)
    validation = Validation(judged, cart, meant.rows if meant else ())
    if refused := validation.first_no:
        return RedemptionDone(validation, failed=_failed(session, asked, refused))
    on_its_way.give(session, [one.voucher for one in redeemables if one.voucher])
    order = _order(session, actor, asked, meant, validation)
    done, parent = _write(session, _Books(asked, clock.now(session), order, new_id() if len(judged) > 1 else None), judged)
    if asked.hold:
        holds.release(session, [id for one in redeemables if (id := one.object_id)], asked.hold.key)
    customer_sums.add(session, [OneMore(one.customer_id, discount=one.discount_minor) for one in done if one.tier_id])
    changed_facts.mark(session, sorted({one.customer_id for one in done if one.customer_id}), [changed_facts.VOUCHER])
    tell.tell(session, EventKind.REDEEMED, done)
    return RedemptionDone(validation, done, parent, order)


def _check(asked: RedemptionAsked) -> None:
    """Raises Refused for what no redemption can be."""
    if not asked.redeemables:
        raise Refused({"redeemables": "is missing: name a voucher or a promotion tier."})
    if len(asked.redeemables) > MOST:
        raise Refused({"redeemables": f"may have {MOST} entries."})


def _failed(session: Session, asked: RedemptionAsked, refused: Judged) -> Redemption | None:
    """Write down a try that was refused; of what nobody knows nothing is kept."""
    one, why = refused.redeemable, refused.why_not
    if one.campaign is None or why is None:
        return None
    row = Redemption(
        id=new_id(),
        at=clock.now(session),
        noun=one.named.noun,
        voucher_id=one.voucher.id if one.voucher else None,
        tier_id=one.tier.id if one.tier else None,
        campaign_id=one.campaign.id,
        customer_id=asked.customer_id,
        result="failed",
        failure=why.key,
        failure_words=why.details,
        source="api",
        key_id=asked.key_id,
        tracking_id=asked.tracking_id,
        details=dict(asked.metadata),
        minor=0,
        discount_minor=0,
    )
    session.add(row)
    session.flush()
    customer_sums.add(session, [OneMore(asked.customer_id, "failed")])
    tell.tell(session, EventKind.REDEMPTION_FAILED, [row])
    return row


def _order(session: Session, actor: Actor, asked: RedemptionAsked, meant: Basket | None, validation: Validation) -> Recorded | None:
    if meant is None or validation.cart is None:
        return None
    return record(session, actor, [order_to_write(meant, validation.cart, asked.customer_id)])[0]


def _write(session: Session, books: _Books, judged: Sequence[Judged]) -> tuple[list[Redemption], Redemption | None]:
    """One row each: codes by their kind of campaign, which marks them as used; promotions as they are."""
    parent = Redemption(**_row(books, None)) if books.parent else None
    if parent:
        session.add(parent)
        session.flush()
    for n, one in enumerate(judged):
        books.rows[n] = _row(books, one)
    by_campaign: dict[uuid.UUID, list[int]] = defaultdict(list)
    for n, one in enumerate(judged):
        campaign, _ = one.redeemable.promised
        if one.redeemable.voucher is None:
            session.add(Redemption(**books.rows[n]))
        else:
            by_campaign[campaign.id].append(n)
    for campaign_id in sorted(by_campaign):
        _use(session, session.get_one(Campaign, campaign_id), [books.rows[n] for n in by_campaign[campaign_id]])
    session.flush()
    ids = [books.rows[n]["id"] for n in range(len(judged))]
    rows = {row.id: row for row in session.scalars(select(Redemption).where(Redemption.id.in_(ids)))}
    return [rows[id] for id in ids], parent


def _use(session: Session, campaign: Campaign, rows: Sequence[dict[str, Any]]) -> None:
    uses = [CodeUse(row["voucher_id"], row["at"], row["minor"], row) for row in rows]
    campaign_kind(campaign.kind).redeem(session, campaign, uses, None)


def _row(books: _Books, judged: Judged | None) -> dict[str, Any]:
    """The columns of a redemption; of none in particular, those of the parent."""
    asked, order = books.asked, books.order
    one = judged.redeemable if judged else None
    taken = judged.taken if judged else None
    return {
        "id": new_id() if one else books.parent,
        "at": books.at,
        "noun": one.named.noun if one else "stack",
        "parent_id": books.parent if one else None,
        "voucher_id": one.voucher.id if one and one.voucher else None,
        "tier_id": one.tier.id if one and one.tier else None,
        "campaign_id": one.campaign.id if one and one.campaign else None,
        "customer_id": asked.customer_id,
        "order_id": order.order.id if order else None,
        "result": "succeeded",
        "minor": order.order.total_amount if order else 0,
        "discount_minor": taken.whole if taken else 0,
        "taken": _returned(taken) if taken else None,
        "source": "api",
        "key_id": asked.key_id,
        "file_id": None,
        "tracking_id": asked.tracking_id,
        "details": dict(asked.metadata),
    }


def _returned(taken: TakenOff) -> dict[str, Any]:
    """What a rollback gives back."""
    before = taken.before.lines
    items = []
    for place, after in enumerate(taken.after.lines):
        was = before[place] if place < len(before) else None
        gone = (
            after.discount - (was.discount if was else 0),
            after.free - (was.free if was else 0),
            after.added - (was.added if was else 0),
        )
        if any(gone):
            items.append([place, *gone])
    return {"order": taken.order, "items": items}
