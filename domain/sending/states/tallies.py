"""How many are in which state? Sums of deltas that were written by the very statements that changed the states.

A batch adds a handful of rows; the clock folds them; pages read folded sums plus what is not folded yet. `check` recounts the rows.

Beside the states stand marks that never go down again (`sent`: accepted by the provider; `opened`, `clicked`, `woken`), so that a funnel
and a time line need no history. Channel `` (empty) counts recipients.
"""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.kernel.base import Prefix, array

MARKS = ("sent", "opened", "clicked", "delivered_once", "bounced_once", "woken")

INSERT = """
    INSERT INTO tally_deltas (distribution_id, channel, state, reason, minute, delta)
    SELECT distribution_id, channel, state, reason, date_trunc('minute', CAST(:now AS timestamptz)), sum(n)::int
    FROM ({changes}) AS changes (distribution_id, channel, state, reason, n)
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
"""
"""A CTE's body: `changes` yields distribution, channel, state, reason, +1 or -1 (or sums of them)."""


def insert(*changes: str) -> str:
    """The delta of several selects, each yielding `distribution_id, channel, state, reason, n`."""
    return INSERT.format(changes=" UNION ALL ".join(changes))


_CLAIM = text(f"""
    SELECT id FROM tally_deltas d WHERE {quarantine.whole("tallies", "d.id")} ORDER BY id LIMIT :limit FOR UPDATE OF d SKIP LOCKED
""")
_FOLD = text("""
    WITH gone AS (
        DELETE FROM tally_deltas WHERE id = ANY(CAST(:ids AS uuid[]))
        RETURNING distribution_id, channel, state, reason, minute, delta),
    summed AS (
        SELECT distribution_id, channel, state, reason, minute, sum(delta) AS delta, count(*) AS n FROM gone GROUP BY 1, 2, 3, 4, 5),
    folded AS (
        INSERT INTO tallies (distribution_id, channel, state, reason, minute, count)
        SELECT distribution_id, channel, state, reason, minute, delta FROM summed ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (distribution_id, channel, state, reason, minute) DO UPDATE SET count = tallies.count + excluded.count)
    SELECT coalesce(sum(n), 0) FROM summed
""")

_BOTH = """
    SELECT channel, state, reason, minute, count AS n FROM tallies WHERE distribution_id = :distribution
    UNION ALL SELECT channel, state, reason, minute, delta FROM tally_deltas WHERE distribution_id = :distribution
"""


def fold(session: Session, limit: int = 20_000) -> int:
    """Add up to `limit` deltas to the sums; how many there were. Several at once do no harm."""
    ids = session.scalars(_CLAIM, {"limit": limit}).all()
    quarantine.isolate(session, "tallies", ids, lambda some: session.execute(_FOLD, {"ids": array(some)}))
    return len(ids)


@dataclass(frozen=True)
class Tallied:
    """One sum. `channel` is empty for recipients."""

    channel: str
    state: str
    reason: str
    count: int


def read(session: Session, distribution_id: uuid.UUID) -> list[Tallied]:
    """Every sum of a distribution that is not zero."""
    rows = session.execute(
        text(f"SELECT channel, state, reason, sum(n)::bigint FROM ({_BOTH}) AS b GROUP BY 1, 2, 3 HAVING sum(n) <> 0 ORDER BY 1, 2, 3"),
        {"distribution": distribution_id},
    )
    return [Tallied(*row) for row in rows]


def by_minute(session: Session, distribution_id: uuid.UUID, marks: Iterable[str]) -> list[tuple[datetime.datetime, str, int]]:
    """Marks of deliveries by minute and mark, in order of time."""
    rows = session.execute(
        text(f"""
            SELECT minute, state, sum(n)::bigint FROM ({_BOTH}) AS b WHERE state = ANY(:marks) AND channel <> ''
            GROUP BY 1, 2 ORDER BY 1, 2
        """),
        {"distribution": distribution_id, "marks": list(marks)},
    )
    return [(minute, state, count) for minute, state, count in rows]


def since(session: Session, distribution_id: uuid.UUID, channel: str, state: str, after: datetime.datetime) -> int:
    """The sum of one mark in the minutes from `after` on."""
    return int(
        session.execute(
            text(f"SELECT coalesce(sum(n), 0) FROM ({_BOTH}) AS b WHERE channel = :channel AND state = :state AND minute >= :after"),
            {"distribution": distribution_id, "channel": channel, "state": state, "after": after},
        ).scalar_one()
    )


_TRUTH = """
    SELECT '' AS channel, state, reason, count(*) AS n FROM recipients WHERE distribution_id = :distribution GROUP BY 1, 2, 3
    UNION ALL SELECT channel, state, reason, count(*) FROM deliveries WHERE distribution_id = :distribution GROUP BY 1, 2, 3
    UNION ALL SELECT channel, 'sent', '', count(*) FROM deliveries
        WHERE distribution_id = :distribution AND state IN ('accepted', 'delivered', 'bounced', 'complained') GROUP BY 1
    UNION ALL SELECT channel, 'opened', '', count(*) FROM deliveries
        WHERE distribution_id = :distribution AND opened_at IS NOT NULL GROUP BY 1
    UNION ALL SELECT channel, 'clicked', '', count(*) FROM deliveries
        WHERE distribution_id = :distribution AND clicked_at IS NOT NULL GROUP BY 1
"""
COUNTED_ONLY = ("woken", "delivered_once", "bounced_once")
"""Marks that no column keeps; they cannot be recounted."""


def check(session: Session, distribution_id: uuid.UUID | None = None) -> list[str]:
    """Recount the rows of one distribution, or of all: a sentence for each sum that differs. Empty means that the counters are right."""
    if distribution_id is None:
        ids = session.scalars(text("SELECT id FROM distributions ORDER BY id")).all()
        return [f"{Prefix.DISTRIBUTION}_{id.hex}: {wrong}" for id in ids for wrong in check(session, id)]
    truth = {(c, s, r): int(n) for c, s, r, n in session.execute(text(_TRUTH), {"distribution": distribution_id})}
    told = {(t.channel, t.state, t.reason): t.count for t in read(session, distribution_id) if t.state not in COUNTED_ONLY}
    return [
        f"{key[0] or 'recipients'} {key[1]} {key[2]}: counted {told.get(key, 0)}, there are {truth.get(key, 0)}"
        for key in sorted(truth.keys() | told.keys())
        if truth.get(key, 0) != told.get(key, 0)
    ]
