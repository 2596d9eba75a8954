"""Whose segments may have changed? Whoever changes a fact says so here, in the same transaction."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.nudges import nudge

EVERYTHING = "*"
"""Stands for every fact of a customer: a new one, an import."""
CONSENT = "consent"
VOUCHER = "voucher"
DELIVERY = "delivery"
"""Any permission, any code, any message; the other names are `customer.city`, `metadata.spend`, `suppressed`, `segment:<id>`."""


def mark(session: Session, customers: Sequence[uuid.UUID], facts: Sequence[str], *, depth: int = 0, silent: bool = False) -> None:
    """These `facts` (names as in `domain.segments.facts`) of these customers changed; `silent`: live distributions will not react."""
    if not customers:
        return
    session.execute(
        text("INSERT INTO dirty_customers (customer_id, facts, depth, silent) SELECT unnest(:ids), :facts, :depth, :silent"),
        {"ids": list(customers), "facts": sorted(facts), "depth": depth, "silent": silent},
    )
    nudge(session, "segments", lane="bulk" if silent or len(customers) > 100 else "trigger")


def waiting(session: Session) -> bool:
    """Whether any mark has not been looked at."""
    return bool(session.scalar(text("SELECT EXISTS (SELECT 1 FROM dirty_customers)")))
