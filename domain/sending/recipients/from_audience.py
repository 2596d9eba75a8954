"""Who are the recipients of a run? Everybody in the audience when it starts, made in pages; a cursor on the distribution says how far.

Run twice, or killed between pages, it makes nobody twice: the run is the recipients' `once_key`, and that is unique.
"""

import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.plan.plan import Plan
from domain.kernel import clock
from domain.sending.states import tallies
from domain.tables.distributions import Distribution, Version

PAGE = 10_000

_COUNTED = tallies.insert("SELECT distribution_id, '', state, reason, count(*) FROM made GROUP BY 1, 2, 3, 4")

_MADE = f"""
    made AS (
        INSERT INTO recipients (distribution_id, once_key, customer_id, version, lane, created_at)
        SELECT :distribution, :once_key, customer_id, :version, 'bulk', :now FROM page
        ON CONFLICT (distribution_id, once_key, customer_id) DO NOTHING
        RETURNING distribution_id, state, reason),
    counted AS ({_COUNTED})
"""
# A segment's members are those of the moment at which fan-out starts: whoever entered later is left to triggers.
_OF_SEGMENT = text(f"""
    WITH page AS MATERIALIZED (
        SELECT customer_id FROM segment_members
        WHERE segment_id = :segment AND customer_id > :after AND entered_at <= :started ORDER BY customer_id LIMIT :limit),
    {_MADE}
    SELECT (SELECT count(*) FROM page), (SELECT max(customer_id::text)::uuid FROM page)
""")
_OF_ONE = text(f"WITH page AS (SELECT CAST(:customer AS uuid) AS customer_id), {_MADE} SELECT 1")

NOBODY = uuid.UUID(int=0)


def make_page(session: Session, distribution_id: uuid.UUID, page: int = PAGE) -> bool:
    """Make the next page of recipients; whether there may be more. Somebody else's page, or a finished fan-out, is no work for us."""
    distribution = session.execute(
        text("""
            SELECT version, run, cursor, started_at, status FROM distributions
            WHERE id = :id AND fanned_out_at IS NULL AND (status IN ('sending', 'live') OR (status = 'ended' AND pause_reason = ''))
            FOR NO KEY UPDATE SKIP LOCKED
        """),
        {"id": distribution_id},
    ).one_or_none()
    if distribution is None:
        return False
    stored = session.get_one(Version, (distribution_id, distribution.version))
    plan = Plan.from_json(stored.plan)
    now = clock.now(session)
    values = {
        "distribution": distribution_id,
        "once_key": once_key(plan, distribution.run or distribution_id),
        "version": distribution.version,
        "now": now,
    }
    if plan.customer_id is not None and distribution.status == "sending":
        session.execute(_OF_ONE, values | {"customer": plan.customer_id})
        return _finished(session, distribution_id)
    if plan.segment_id is None or (distribution.status != "sending" and not plan.current_members):
        return _finished(session, distribution_id)
    found, last = session.execute(
        _OF_SEGMENT,
        values
        | {
            "segment": plan.segment_id,
            "after": distribution.cursor or NOBODY,
            "started": distribution.started_at or now,
            "limit": page,
        },
    ).one()
    if found < page:
        return _finished(session, distribution_id, last)
    session.execute(text("UPDATE distributions SET cursor = :last WHERE id = :id"), {"id": distribution_id, "last": last})
    return True


def once_key(plan: Plan, run: uuid.UUID) -> str:
    """What may happen once to a customer of this run."""
    return "ever" if plan.once_ever else str(run)


def _finished(session: Session, distribution_id: uuid.UUID, last: uuid.UUID | None = None) -> bool:
    session.execute(
        text("UPDATE distributions SET fanned_out_at = :now, cursor = coalesce(:last, cursor) WHERE id = :id"),
        {"id": distribution_id, "now": clock.now(session), "last": last},
    )
    loaded = session.identity_map.get(session.identity_key(Distribution, distribution_id))
    if loaded is not None:
        session.expire(loaded)
    return False
