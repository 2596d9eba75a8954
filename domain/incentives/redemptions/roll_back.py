"""Take redemptions back, once: the code can be used again, what was taken off the order is put back, and the order is canceled."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.incentives import customer_sums
from domain.incentives.customer_sums import OneMore
from domain.incentives.redemptions import tell
from domain.incentives.redemptions.basket import as_said
from domain.journal import changed_facts
from domain.journal.events import EventKind
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import array, new_id
from domain.shop.orders.items import of_orders
from domain.shop.orders.record import Recorded, record
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products.items import ItemWanted
from domain.tables.redemptions import Redemption, Rollback
from domain.tables.shop import Order

_LOCK = text("""
    SELECT v.id FROM vouchers v WHERE v.id IN (
        SELECT voucher_id FROM redemptions WHERE id = ANY(CAST(:ids AS uuid[])) AND voucher_id IS NOT NULL)
    ORDER BY v.id FOR NO KEY UPDATE OF v
""")
_UNUSE = text("""
    WITH back AS MATERIALIZED (
        SELECT voucher_id, campaign_id, count(*)::int AS n, sum(minor) AS minor FROM redemptions
        WHERE id = ANY(CAST(:ids AS uuid[])) AND voucher_id IS NOT NULL GROUP BY 1, 2),
    unused AS (
        UPDATE vouchers v SET redeemed = v.redeemed - n, redeemed_minor = v.redeemed_minor - minor, redeemed_at = (
            SELECT max(r.at) FROM redemptions r
            WHERE r.voucher_id = v.id AND r.result = 'succeeded' AND r.rolled_back_at IS NULL AND NOT r.id = ANY(CAST(:ids AS uuid[])))
        FROM back WHERE v.id = back.voucher_id RETURNING v.campaign_id, v.redeemed)
    INSERT INTO pool_deltas (campaign_id, state, delta)
    SELECT campaign_id, 'redeemed', -count(*)::int FROM unused WHERE redeemed = 0 GROUP BY 1
""")


class NotRolledBack(Exception):
    """It cannot be taken back. `key` is Voucherify's word, `message` and `details` say why."""

    def __init__(self, key: str, message: str, details: str) -> None:
        super().__init__(details)
        self.key, self.message, self.details = key, message, details


@dataclass(frozen=True)
class RollbackAsked:
    """Why, and what the shop wants to find it by."""

    reason: str = ""
    tracking_id: str | None = None
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RolledBack:
    """What was taken back: each redemption with its rollback, the rollback of their parent, and the order as it is now."""

    done: Sequence[tuple[Redemption, Rollback]]
    parent: tuple[Redemption, Rollback] | None
    order: Recorded | None


def roll_back(session: Session, actor: Actor, redemption: Redemption, asked: RollbackAsked) -> RolledBack:
    """Take this one back, or with a parent all that belong to it. Raises NotRolledBack."""
    if redemption.parent_id is not None:
        raise NotRolledBack(
            "invalid_redemption_parent",
            "Invalid redemption parent",
            "You can rollback only a redemption that does not have parent redemption.",
        )
    rows = _locked(session, redemption)
    if any(row.rolled_back_at is not None for row in rows):
        raise NotRolledBack("already_rolled_back", "Already rolled back", "Redemption has been already rolled back.")
    if any(row.result != "succeeded" for row in rows):
        raise NotRolledBack(
            "invalid_redemption", "Invalid redemption", "A redemption that failed took nothing, so nothing can be given back."
        )
    children = [row for row in rows if row.noun != "stack"]
    session.execute(_UNUSE, {"ids": array(row.id for row in children)})
    order = _put_back(session, actor, children)
    written = _write(session, rows, asked)
    done = [(row, written[row.id]) for row in children]
    customer_sums.add(session, [OneMore(row.customer_id, "rolled_back", -row.discount_minor) for row in children])
    changed_facts.mark(session, sorted({row.customer_id for row in children if row.customer_id}), [changed_facts.VOUCHER])
    tell.tell(session, EventKind.ROLLED_BACK, children, {"reason": asked.reason})
    return RolledBack(done, (redemption, written[redemption.id]) if redemption.noun == "stack" else None, order)


def _locked(session: Session, redemption: Redemption) -> list[Redemption]:
    """The redemption, and those whose parent it is; their codes are locked before them."""
    mine = (Redemption.id == redemption.id) | (Redemption.parent_id == redemption.id)
    ids = session.scalars(select(Redemption.id).where(mine)).all()
    session.execute(_LOCK, {"ids": array(ids)})
    query = select(Redemption).where(Redemption.id.in_(ids)).order_by(Redemption.id).with_for_update(key_share=True)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _write(session: Session, rows: Sequence[Redemption], asked: RollbackAsked) -> dict[uuid.UUID, Rollback]:
    now, written = clock.now(session), {}
    parent = next((row for row in rows if row.noun == "stack"), None)
    above = new_id() if parent else None
    for row in rows:
        row.rolled_back_at = now
        written[row.id] = Rollback(
            id=above if row is parent else new_id(),
            redemption_id=row.id,
            parent_id=None if row is parent else above,
            at=now,
            reason=asked.reason,
            tracking_id=asked.tracking_id,
            details=dict(asked.metadata or {}),
        )
    session.add_all(written.values())
    session.flush()
    return written


def _put_back(session: Session, actor: Actor, rows: Sequence[Redemption]) -> Recorded | None:
    """The order without what these took off, canceled."""
    order_id = next((row.order_id for row in rows if row.order_id), None)
    if order_id is None:
        return None
    query = select(Order).where(Order.id == order_id).with_for_update(key_share=True)
    order = session.scalars(query.execution_options(populate_existing=True)).one()
    stored = of_orders(session, [order.id])[order.id]
    taken = [row.taken for row in rows if row.taken]
    off = sum(one["order"] for one in taken)
    items = [as_said(row) for row in stored]
    gone = [(place, *numbers) for one in reversed(taken) for place, *numbers in one["items"] if place < len(items)]
    for place, discount, free, added in gone:
        items[place] = _without(items[place], discount, free, added)
    wanted = OrderWanted(
        id=order.id,
        status="canceled",
        discount_amount=max(0, order.discount_amount - off),
        items=tuple(item for item in items if item.quantity) if gone else None,
    )
    return record(session, actor, [wanted])[0]


def _without(item: ItemWanted, discount: int, free: int, added: int) -> ItemWanted:
    """An item as it was before: fewer pieces where some had been added, and less taken off."""
    quantity = (item.quantity or 0) - added
    each = item.price if item.price is not None else (item.amount or 0) // max(1, item.quantity or 1)
    left = (item.discount_quantity or 0) - free
    return replace(
        item,
        quantity=max(0, quantity),
        amount=None if item.amount is None else max(0, item.amount - each * added),
        discount_amount=max(0, (item.discount_amount or 0) - discount),
        discount_quantity=left or None,
        initial_quantity=None if added else item.initial_quantity,
        initial_amount=None if added else item.initial_amount,
    )
