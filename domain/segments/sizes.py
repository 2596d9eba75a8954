"""How many are in a segment? A folded number and the changes not folded yet; nobody counts members on a page."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.segments.models import Member, Segment, SizeDelta

_FOLD = text("""
    WITH locked AS (
        SELECT id FROM segments WHERE id IN (SELECT segment_id FROM segment_size_deltas) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ), taken AS (
        DELETE FROM segment_size_deltas d USING locked WHERE d.segment_id = locked.id RETURNING d.segment_id, d.delta
    ), sums AS (
        SELECT segment_id, sum(delta) AS delta FROM taken GROUP BY segment_id
    )
    UPDATE segments SET size = size + sums.delta FROM sums WHERE segments.id = sums.segment_id
""")


def fold_sizes(session: Session) -> None:
    """Add the changes to the sizes. Called by the clock."""
    session.execute(_FOLD)


def sizes(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many members each of these has now."""
    deltas = select(func.coalesce(func.sum(SizeDelta.delta), 0)).where(SizeDelta.segment_id == Segment.id).scalar_subquery()
    return dict(iter(session.execute(select(Segment.id, Segment.size + deltas).where(Segment.id.in_(ids)))))


def size(session: Session, id: uuid.UUID) -> int:
    """How many members it has now."""
    return sizes(session, [id]).get(id, 0)


def recount(session: Session) -> list[tuple[str, int, int]]:
    """Segments whose number is not what the list of members says: name, number, members. For the doctor."""
    counted = dict(iter(session.execute(select(Member.segment_id, func.count()).group_by(Member.segment_id))))
    names = dict(iter(session.execute(select(Segment.id, Segment.name))))
    said = sizes(session, list(names))
    return [(name, said[id], counted.get(id, 0)) for id, name in names.items() if said[id] != counted.get(id, 0)]
