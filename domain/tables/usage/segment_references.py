"""Who needs this segment? Other segments, campaigns and promotions with their rules, distributions."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.tables.usage.references import listening

_USES = text("""
    WITH asked AS (SELECT id, id::text AS long, replace(id::text, '-', '') AS short FROM unnest(CAST(:ids AS uuid[])) AS id)
    SELECT a.id AS segment_id, 'segment' AS noun, s.id, s.name FROM asked a JOIN segments s ON jsonb_exists(s.depends_on, a.long)
    UNION ALL
    SELECT a.id, 'campaign', c.id, c.name FROM asked a JOIN campaigns c ON c.segment_id = a.id
        OR EXISTS (SELECT 1 FROM rules r WHERE r.id = c.rule_id AND position(a.long IN r.condition::text) > 0)
    UNION ALL
    SELECT a.id, 'promotion', t.id, t.name FROM asked a JOIN promotion_tiers t
        ON EXISTS (SELECT 1 FROM rules r WHERE r.id = t.rule_id AND position(a.long IN r.condition::text) > 0)
    UNION ALL
    SELECT a.id, 'distribution', d.id, d.name FROM asked a JOIN distributions d ON d.status NOT IN ('done', 'stopped', 'ended') AND (
        position(a.short IN replace(concat(d.spec, d.side_spec), '-', '')) > 0
        OR EXISTS (SELECT 1 FROM distribution_versions v
                   WHERE v.distribution_id = d.id AND v.version = d.version AND position(a.long IN v.plan::text) > 0))
    ORDER BY 2, 4
""")
"""A distribution that is over needs nothing any more; a draft may name a segment by either form of its id."""


@dataclass(frozen=True)
class SegmentUse:
    """Something that names a segment: its `noun` (segment, campaign, promotion, distribution), id and name."""

    noun: str
    id: uuid.UUID
    name: str


def uses_of_many(session: Session, segment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[SegmentUse]]:
    """Everything that would break without each of these segments."""
    found: dict[uuid.UUID, list[SegmentUse]] = {id: [] for id in segment_ids}
    for row in session.execute(_USES, {"ids": list(segment_ids)}):
        found[row.segment_id].append(SegmentUse(row.noun, row.id, row.name))
    return found


def uses_of(session: Session, segment_id: uuid.UUID) -> list[SegmentUse]:
    """Everything that would break without this segment."""
    return uses_of_many(session, [segment_id])[segment_id]


def in_words(uses: Sequence[SegmentUse]) -> str:
    """`the campaign “Autumn” and the distribution “Welcome”`; at most five by name."""
    said = [f"the {use.noun} “{use.name}”" for use in uses[:5]] + ([f"{len(uses) - 5} more"] if len(uses) > 5 else [])
    return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else ""


def reacting(session: Session, segment_id: uuid.UUID) -> list[str]:
    """Names of live distributions that wait for somebody to enter or leave it."""
    return listening(session, "segment", segment_id)
