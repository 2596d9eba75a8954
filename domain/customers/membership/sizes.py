"""How many are in a segment? A folded number and the changes not folded yet; nobody counts members on a page."""

import uuid
from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.kernel.base import array
from domain.tables.customers import Segment, SizeDelta

_CLAIM = text(f"""
    SELECT id FROM segments s WHERE id = ANY(ARRAY(SELECT DISTINCT segment_id FROM segment_size_deltas))
    AND {quarantine.whole("sizes", "s.id")} ORDER BY id FOR NO KEY UPDATE OF s SKIP LOCKED
""")
_FOLD = text("""
    WITH taken AS (
        DELETE FROM segment_size_deltas WHERE segment_id = ANY(CAST(:ids AS uuid[])) RETURNING segment_id, delta
    ), sums AS (
        SELECT segment_id, sum(delta) AS delta FROM taken GROUP BY segment_id
    )
    UPDATE segments SET size = size + sums.delta FROM sums WHERE segments.id = sums.segment_id
""")


def fold_sizes(session: Session) -> None:
    """Add the changes to the sizes. Called by the clock."""
    ids = session.scalars(_CLAIM).all()
    quarantine.isolate(session, "sizes", ids, lambda some: session.execute(_FOLD, {"ids": array(some)}))


def sizes(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How many members each of these has now."""
    deltas = select(func.coalesce(func.sum(SizeDelta.delta), 0)).where(SizeDelta.segment_id == Segment.id).scalar_subquery()
    return dict(iter(session.execute(select(Segment.id, Segment.size + deltas).where(Segment.id.in_(ids)))))


def size(session: Session, id: uuid.UUID) -> int:
    """How many members it has now."""
    return sizes(session, [id]).get(id, 0)


_WRONG = text("""
    SELECT s.name, s.size + coalesce(d.delta, 0) AS said, coalesce(m.members, 0) AS members FROM segments s
    LEFT JOIN (SELECT segment_id, sum(delta) AS delta FROM segment_size_deltas GROUP BY segment_id) d ON d.segment_id = s.id
    LEFT JOIN (SELECT segment_id, count(*) AS members FROM segment_members GROUP BY segment_id) m ON m.segment_id = s.id
    WHERE s.size + coalesce(d.delta, 0) <> coalesce(m.members, 0) ORDER BY s.name_key
""")


def check(session: Session) -> list[str]:
    """Segments whose number is not what their list of members says; for the doctor. One statement, so that nobody moves meanwhile."""
    return [f"“{row.name}” says {row.said:,}, its list has {row.members:,}." for row in session.execute(_WRONG)]
