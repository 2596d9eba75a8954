"""What do the orders of a customer come to? True under concurrent writers, and nobody locks more than the customers concerned.

A paid order that is new to the sums is added to them in one statement, which waits for others at this very customer's row. Whatever else
changes (canceled, corrected, somebody else's) is summed again once the row is locked, so that everything committed before is seen.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal import changed_facts
from domain.kernel.base import array
from domain.tables.shop import COUNTED, Order

_PAID = "status IN ({})".format(", ".join(f"'{status}'" for status in COUNTED))
_ADD = text("""
    INSERT INTO customer_orders AS c (customer_id, orders, amount, first_at, last_at, last_amount, last_id)
    SELECT customer_id, count(*), sum(total_amount), min(created_at), max(created_at),
        (array_agg(total_amount ORDER BY created_at DESC, id DESC))[1], (array_agg(id ORDER BY created_at DESC, id DESC))[1]
    FROM orders WHERE id = ANY(CAST(:orders AS uuid[])) GROUP BY customer_id ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET
        orders = c.orders + excluded.orders, amount = c.amount + excluded.amount,
        first_at = least(c.first_at, excluded.first_at), last_at = greatest(c.last_at, excluded.last_at),
        last_amount = CASE WHEN c.last_id IS NULL OR (excluded.last_at, excluded.last_id) > (c.last_at, c.last_id)
            THEN excluded.last_amount ELSE c.last_amount END,
        last_id = CASE WHEN c.last_id IS NULL OR (excluded.last_at, excluded.last_id) > (c.last_at, c.last_id)
            THEN excluded.last_id ELSE c.last_id END
""")
_LOCK = text("""
    INSERT INTO customer_orders (customer_id) SELECT id FROM unnest(CAST(:customers AS uuid[])) AS id ORDER BY id
    ON CONFLICT (customer_id) DO UPDATE SET customer_id = excluded.customer_id
""")
_AGAIN = text(f"""
    UPDATE customer_orders c SET (orders, amount, first_at, last_at, last_amount, last_id) = (
        SELECT count(*), coalesce(sum(total_amount), 0), min(created_at), max(created_at),
            (array_agg(total_amount ORDER BY created_at DESC, id DESC))[1], (array_agg(id ORDER BY created_at DESC, id DESC))[1]
        FROM orders o WHERE o.customer_id = c.customer_id AND o.{_PAID})
    WHERE customer_id = ANY(CAST(:customers AS uuid[]))
""")


@dataclass(frozen=True)
class Counting:
    """What an order means to the sums of a customer."""

    customer_id: uuid.UUID
    amount: int
    at: object


def counting(order: Order) -> Counting | None:
    """How it counts now; None where it does not."""
    if order.customer_id is None or order.status not in COUNTED:
        return None
    return Counting(order.customer_id, order.total_amount, order.created_at)


def follow(session: Session, changes: Sequence[tuple[uuid.UUID, Counting | None, Counting | None]], *, silent: bool = False) -> None:
    """Keep the sums true after these changes of orders (id, before, after), which are written. `silent`: nobody reacts."""
    moved = [(order, before, after) for order, before, after in changes if before != after]
    customers = sorted({one.customer_id for _, *both in moved for one in both if one is not None})
    if not customers:
        return
    if all(before is None for _, before, _ in moved):
        session.execute(_ADD, {"orders": array(order for order, _, _ in moved)})
    else:
        again(session, customers)
    changed_facts.mark(session, customers, [changed_facts.ORDERS], silent=silent)


def again(session: Session, customers: Sequence[uuid.UUID]) -> None:
    """Sum up all orders of these customers."""
    session.execute(_LOCK, {"customers": array(customers)})
    session.execute(_AGAIN, {"customers": array(customers)})
