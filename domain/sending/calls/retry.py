"""Send again what failed, because a person says so: the deliveries of one reason, with the codes they already have."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.audience import reasons
from domain.distributions.states import Command, change
from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.sending.states import moves
from domain.sending.states.settle_recipients import settle
from domain.tables.sending import Delivery

RETRIABLE = ("refused", "skipped", "unsure")


@dataclass(frozen=True)
class Chosen:
    """Which failures: a state, and where given a reason and a channel, or single deliveries."""

    state: str
    reason: str | None = None
    channel: str | None = None
    deliveries: tuple[uuid.UUID, ...] = ()


HAS_NOW = f"""
    CASE WHEN d.reason = 'no_email' THEN EXISTS (SELECT FROM customers c WHERE c.id = d.customer_id AND c.email <> '')
         WHEN d.reason = 'no_phone' THEN EXISTS (SELECT FROM customers c WHERE c.id = d.customer_id AND c.phone <> '')
         WHEN d.reason LIKE '{reasons.FOR_GOOD}%' THEN EXISTS (
             SELECT FROM customers c WHERE c.id = d.customer_id
                 AND CASE WHEN d.address LIKE '%@%' THEN c.email <> '' AND lower(c.email) <> lower(d.address)
                          ELSE d.address LIKE '+%' AND c.phone <> '' AND c.phone <> d.address END)
         ELSE true END
"""
"""SQL over `d`: whether the customer has by now what was missing: an address, or another one where theirs was refused for good."""
_FIND = text(f"""
    SELECT d.id, d.lane, d.reason FROM deliveries d
    WHERE d.distribution_id = :distribution AND d.state = :state AND d.id > :after
      AND (CAST(:reason AS text) IS NULL OR d.reason = :reason) AND (CAST(:channel AS text) IS NULL OR d.channel = :channel)
      AND (NOT :single OR d.id = ANY(:ids))
      AND {HAS_NOW}
    ORDER BY d.id LIMIT :limit FOR UPDATE
""")
_FRESH = text("""
    WITH mine AS (UPDATE deliveries SET attempts = 0 WHERE id = ANY(:ids) RETURNING recipient_id)
    UPDATE recipients r SET stale_at = NULL, prepared = greatest(r.prepared, 1) FROM mine WHERE r.id = mine.recipient_id
""")


def helps(session: Session, delivery: Delivery) -> bool:
    """Whether sending this one again may reach them."""
    if delivery.state not in RETRIABLE or not reasons.may_help(delivery.state, delivery.reason):
        return False
    return bool(session.scalar(text(f"SELECT {HAS_NOW} FROM deliveries d WHERE d.id = :id"), {"id": delivery.id}))


def retry(session: Session, distribution_id: uuid.UUID, chosen: Chosen, actor: Actor, limit: int = 20_000) -> int:
    """Let these be decided and sent anew; how many. Nothing that was accepted is ever sent again, and nobody is tried again whom
    another attempt cannot reach: who still lacks the address, was refused there for good, or is left out on purpose.

    A distribution that is done goes on sending; one that was stopped or ended stays so, and nothing happens.
    """
    status, name = session.execute(
        text("SELECT status, name FROM distributions WHERE id = :id FOR NO KEY UPDATE"), {"id": distribution_id}
    ).one()
    if status not in {"sending", "paused", "live", "done"} or chosen.state not in RETRIABLE:
        return 0
    rows = session.execute(
        _FIND,
        {
            "distribution": distribution_id, "state": chosen.state, "reason": chosen.reason, "channel": chosen.channel,
            "single": bool(chosen.deliveries), "ids": list(chosen.deliveries), "after": uuid.UUID(int=0), "limit": limit,
        },
    ).all()  # fmt: skip
    rows = [row for row in rows if reasons.may_help(chosen.state, row.reason)]
    if not rows:
        return 0
    step = f"Sent again by {actor.name}"
    count = moves.back_to_prepare(session, [row.id for row in rows], sources=RETRIABLE, step=step)
    session.execute(_FRESH, {"ids": [row.id for row in rows]})
    if status == "done":
        change(session, distribution_id, Command.AGAIN, ended_at=None)
    audit.record(
        session, actor, "retry deliveries", outside(Prefix.DISTRIBUTION, distribution_id), name, None,
        {"state": chosen.state, "reason": chosen.reason, "channel": chosen.channel, "count": count},
    )  # fmt: skip
    for lane in {row.lane for row in rows}:
        nudge(session, "distribution", distribution_id, lane)
    return count


def retry_recipient(session: Session, recipient_id: uuid.UUID, actor: Actor) -> int:
    """The same for the deliveries of one recipient whose message could not be made; how many."""
    rows = session.execute(
        text("SELECT id, distribution_id FROM deliveries WHERE recipient_id = :id AND state = 'skipped' AND reason = 'fault'"),
        {"id": recipient_id},
    ).all()
    if not rows:
        return 0
    return retry(session, rows[0].distribution_id, Chosen("skipped", "fault", deliveries=tuple(row.id for row in rows)), actor)


def give_up(session: Session, delivery_id: uuid.UUID) -> None:
    """This delivery waits to be sent, and breaks whenever it is due: it ends as refused, and its code is freed where no other has it."""
    gone = moves.deliveries(session, [delivery_id], "refused", sources=("ready",), reason="fault", step="Dropped by a person")
    settle(session, [recipient for _, recipient in gone])
