"""What do the redemptions of customers come to? Added in one statement, which waits for others at these very customers' rows."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel.base import array

_ADD = text("""
    INSERT INTO customer_redemptions AS c (customer_id, succeeded, failed, rolled_back, discount_minor)
    SELECT k.id, m.succeeded, m.failed, m.rolled_back, m.discount
    FROM unnest(CAST(:customers AS uuid[]), CAST(:succeeded AS bigint[]), CAST(:failed AS bigint[]), CAST(:rolled_back AS bigint[]),
        CAST(:discount AS bigint[])) AS m (customer, succeeded, failed, rolled_back, discount)
    JOIN customers k ON k.id = m.customer ORDER BY k.id
    ON CONFLICT (customer_id) DO UPDATE SET succeeded = c.succeeded + excluded.succeeded, failed = c.failed + excluded.failed,
        rolled_back = c.rolled_back + excluded.rolled_back, discount_minor = c.discount_minor + excluded.discount_minor
""")


@dataclass(frozen=True)
class OneMore:
    """A redemption of this customer; of nobody nothing is counted."""

    customer_id: uuid.UUID | None
    what: str = "succeeded"
    """`succeeded`, `failed`, `rolled_back`."""
    discount: int = 0


def add(session: Session, more: Iterable[OneMore]) -> None:
    """Count these."""
    counts: dict[uuid.UUID, Counter[str]] = {}
    for one in more:
        if one.customer_id is not None:
            counts.setdefault(one.customer_id, Counter()).update({one.what: 1, "discount": one.discount})
    if not counts:
        return
    ids = sorted(counts)
    columns = {name: [counts[id][name] for id in ids] for name in ("succeeded", "failed", "rolled_back", "discount")}
    session.execute(_ADD, {"customers": array(ids), **columns})
