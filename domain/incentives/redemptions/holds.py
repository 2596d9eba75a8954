"""Which uses are kept for somebody's basket? A hold counts as a use until it is redeemed, given back, or its time is over."""

import datetime
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.incentives.redemptions.asked import HoldAsked
from domain.kernel import clock
from domain.tables.redemptions import RedemptionHold

UNITS = {
    "NANOSECONDS": 1e-9,
    "MICROSECONDS": 1e-6,
    "MILLISECONDS": 1e-3,
    "SECONDS": 1.0,
    "MINUTES": 60.0,
    "HOURS": 3600.0,
    "DAYS": 86400.0,
}
"""Unit of a time -> seconds."""
USUAL = 7 * UNITS["DAYS"]
"""Seconds, where nobody says how long."""
LONGEST = 30 * UNITS["DAYS"]


def hold(session: Session, objects: Sequence[uuid.UUID], asked: HoldAsked) -> datetime.datetime:
    """Keep a use of each for this basket; until when. Asked again, the time begins anew. The caller has locked codes."""
    until = clock.now(session) + datetime.timedelta(seconds=asked.seconds)
    rows = [{"object_id": id, "key": asked.key, "until": until} for id in sorted(objects)]
    if rows:
        adding = insert(RedemptionHold).values(rows)
        session.execute(adding.on_conflict_do_update(index_elements=["object_id", "key"], set_={"until": until}))
    return until


def held_by_others(session: Session, objects: Sequence[uuid.UUID], key: str | None) -> dict[uuid.UUID, int]:
    """How many uses of each are kept for other baskets now."""
    query = select(RedemptionHold.object_id, func.count()).where(
        RedemptionHold.object_id.in_(objects), RedemptionHold.until > clock.now(session)
    )
    if key is not None:
        query = query.where(RedemptionHold.key != key)
    return {row[0]: row[1] for row in session.execute(query.group_by(RedemptionHold.object_id))}


def release(session: Session, objects: Sequence[uuid.UUID], key: str) -> bool:
    """Give back what is kept for this basket; whether anything was."""
    gone = delete(RedemptionHold).where(RedemptionHold.object_id.in_(objects), RedemptionHold.key == key)
    return bool(session.scalars(gone.returning(RedemptionHold.object_id)).all())


def forget_expired(session: Session, limit: int = 5_000) -> bool:
    """Delete holds whose time is over; whether there may be more."""
    over = select(RedemptionHold.object_id, RedemptionHold.key).where(RedemptionHold.until <= clock.now(session)).limit(limit)
    rows = session.execute(over).all()
    for object_id, key in rows:
        session.execute(delete(RedemptionHold).where(RedemptionHold.object_id == object_id, RedemptionHold.key == key))
    return len(rows) == limit
