"""Whose segments may have changed? Whoever changes a fact says so here, in the same transaction."""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel.base import array
from domain.kernel.nudges import nudge

EVERYTHING = "*"
"""Stands for every fact of a customer: a new one, an import."""
CONSENT = "consent"
VOUCHER = "voucher"
DELIVERY = "delivery"
ORDERS = "orders"
"""Any permission, code, message or paid order; the other names are `customer.city`, `metadata.spend`, `suppressed`, `segment:<id>`."""


SEGMENTS = {"trigger": "segments", "bulk": "many_segments"}
"""Lane of a mark -> the job that looks at it."""
RARE = frozenset({VOUCHER, DELIVERY, ORDERS})
"""They change in bulk, and few segments ask for them: they are marked only while some segment does."""
TURN = 7_340_031
"""The lock by which those who mark and those who begin to ask take turns."""

FEW = 100
"""Customers whose change somebody waits for; more at once are bulk, and never keep these waiting."""
_MARK = text("""
    INSERT INTO dirty_customers (customer_id, facts, depth, silent, lane)
    SELECT unnest(CAST(:ids AS uuid[])), :facts, :depth, :silent, :lane
""")
_DELIVERED = text("""
    INSERT INTO dirty_customers (customer_id, facts, depth, silent, lane)
    SELECT customer_id, CAST(:facts AS text[]), max(depth) + 1, false, :lane FROM recipients
    WHERE id = ANY(CAST(:ids AS uuid[])) GROUP BY customer_id
""")


def mark(session: Session, customers: Sequence[uuid.UUID], facts: Sequence[str], *, depth: int = 0, silent: bool = False) -> None:
    """These `facts` of these customers changed; `silent`: live distributions will not react.

    Names of facts are those of `domain.customers.facts.catalogue`.
    """
    if not customers or (RARE.issuperset(facts) and not is_read(session, facts)):
        return
    lane = "bulk" if silent else lane_of(len(customers))
    session.execute(_MARK, {"ids": array(customers), "facts": sorted(facts), "depth": depth, "silent": silent, "lane": lane})
    nudge(session, SEGMENTS[lane], lane=lane)


def lane_of(many: int) -> str:
    """The lane in which so many changed customers are looked at: `trigger` where somebody waits for a few."""
    return "bulk" if many > FEW else "trigger"


def delivered(session: Session, recipients: Sequence[uuid.UUID]) -> None:
    """These recipients got their message, or did not, or it came back: their customers stand differently to the distribution."""
    if recipients and is_read(session, [DELIVERY]):
        lane = lane_of(len(recipients))
        session.execute(_DELIVERED, {"ids": array(recipients), "facts": [DELIVERY], "lane": lane})
        nudge(session, SEGMENTS[lane], lane=lane)


def is_read(session: Session, facts: Sequence[str]) -> bool:
    """Whether any segment reads one of these RARE facts.

    Held until the commit, so that a segment that begins to ask sees what was not marked.
    """
    session.execute(text("SELECT pg_advisory_xact_lock_shared(:turn)"), {"turn": TURN})
    return bool(session.scalar(text("SELECT EXISTS (SELECT 1 FROM segments WHERE reads && :facts)"), {"facts": list(facts)}))


def start_reading(session: Session, reads: Iterable[str]) -> None:
    """A segment will read these: wait for those who did not mark them because nobody asked. Call it before the segment is written."""
    if not RARE.isdisjoint(reads):
        session.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})


def waiting(session: Session) -> bool:
    """Whether any mark has not been looked at."""
    return bool(session.scalar(text("SELECT EXISTS (SELECT 1 FROM dirty_customers)")))
