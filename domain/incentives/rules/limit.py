"""For whom is an incentive? A campaign or a promotion may name one segment: kept as a rule of one leaf, so that one language decides."""

import uuid
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.redemptions import Rule


class Ruled(Protocol):
    """What can have a rule."""

    rule_id: uuid.UUID | None


def leaf(segment_id: uuid.UUID) -> dict[str, Any]:
    """The condition: a member of this segment."""
    return {"fact": "segment", "is": "member", "value": str(segment_id)}


def limit(session: Session, owner: Ruled, segment_id: uuid.UUID | None) -> None:
    """Only members of this segment; None: everybody."""
    old = session.get(Rule, owner.rule_id) if owner.rule_id else None
    now = clock.now(session)
    if segment_id is None:
        owner.rule_id = None
        session.flush()
        if old is not None:
            session.delete(old)
        return
    if old is None:
        old = Rule(condition=leaf(segment_id), created_at=now, updated_at=now)
        session.add(old)
    old.condition, old.updated_at = leaf(segment_id), now
    session.flush()
    owner.rule_id = old.id


def segment_of(session: Session, owner: Ruled) -> uuid.UUID | None:
    """The segment it is limited to."""
    condition = session.scalars(select(Rule.condition).where(Rule.id == owner.rule_id)).one_or_none() if owner.rule_id else None
    return uuid.UUID(condition["value"]) if condition and condition.get("fact") == "segment" else None
