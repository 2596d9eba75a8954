"""Who refers to this key of metadata? Segments, rules of campaigns and promotions, distributions with their messages and field maps."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

_USES = text(r"""
    SELECT 'segment' AS noun, s.id, s.name FROM segments s WHERE CAST(:fact AS text) = ANY(s.reads)
    UNION ALL
    SELECT 'campaign', c.id, c.name FROM campaigns c JOIN rules r ON r.id = c.rule_id WHERE CAST(r.condition AS text) ~ :named
    UNION ALL
    SELECT 'promotion', t.id, t.name FROM promotion_tiers t JOIN rules r ON r.id = t.rule_id WHERE CAST(r.condition AS text) ~ :named
    UNION ALL
    SELECT 'distribution', d.id, d.name FROM distributions d WHERE d.status NOT IN ('done', 'stopped', 'ended') AND (
        CAST(d.spec AS text) ~ :named OR CAST(d.side_spec AS text) ~ :named
        OR EXISTS (SELECT 1 FROM distribution_versions v
                   WHERE v.distribution_id = d.id AND v.version = d.version AND CAST(v.plan AS text) ~ :named))
    ORDER BY 1, 3
""")


@dataclass(frozen=True)
class OwnFieldUse:
    """Something that names the key: its `noun` (segment, campaign, promotion, distribution), and its name."""

    noun: str
    name: str


def uses_of(session: Session, key: str) -> list[OwnFieldUse]:
    """Everything that would break without this key. A distribution that is over needs nothing any more."""
    named = rf"""metadata(\.|\[\\*["']){key}(?!\w)"""
    rows = session.execute(_USES, {"fact": f"metadata.{key}", "named": named})
    return [OwnFieldUse(row.noun, row.name) for row in rows]


def in_words(uses: Sequence[OwnFieldUse]) -> str:
    """`the segment “Regulars” and the distribution “Welcome”`; at most five by name."""
    said = [f"the {use.noun} “{use.name}”" for use in uses[:5]] + ([f"{len(uses) - 5} more"] if len(uses) > 5 else [])
    return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else ""
