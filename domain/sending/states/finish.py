"""When is it over? When every recipient has an end state; and after a stop, when everything unsent is skipped and its codes are free."""

import uuid
from collections import defaultdict

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.distributions.plan.plan import Plan
from domain.distributions.states import Command, change
from domain.journal import notices
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.sending.states import moves, tallies
from domain.sending.states.leave_out import leave_out
from domain.sending.states.settle_recipients import UNSURE, settle
from domain.tables.distributions import Distribution, Version

TELLS_ABOVE = 0.01
"""The share of people refused or unsure above which a run that ends raises a notice."""
LEFT = """
    (EXISTS (SELECT FROM recipients r WHERE r.distribution_id = d.id AND r.waits)
     OR EXISTS (SELECT FROM deliveries v WHERE v.distribution_id = d.id AND v.due_at IS NOT NULL)
     OR EXISTS (SELECT FROM delivery_claims k WHERE k.distribution_id = d.id))
"""
"""True while a distribution `d` has recipients without an end state: they wait, are due later, or somebody holds them."""

_MINE = text("SELECT id FROM distributions WHERE id = :id AND status = 'sending' AND fanned_out_at IS NOT NULL FOR NO KEY UPDATE")
_LEFT = text(f"SELECT {LEFT} FROM distributions d WHERE d.id = :id")


def done(session: Session, distribution_id: uuid.UUID) -> bool:
    """Mark it done where nothing is left to do. It is locked before anybody looks: a person may just be sending failures again."""
    here = {"id": distribution_id}
    if session.execute(_MINE, here).one_or_none() is None or session.execute(_LEFT, here).scalar_one():
        return False
    change(session, distribution_id, Command.FINISH, ended_at=clock.now(session))
    _tell(session, distribution_id)
    return True


def _tell(session: Session, distribution_id: uuid.UUID) -> None:
    """Tell people of an end that is not as it should be: more than one in a hundred refused, or nobody knows."""
    counts: dict[str, int] = defaultdict(int)
    for told in tallies.read(session, distribution_id):
        if not told.channel:
            counts[told.reason if told.reason == UNSURE else told.state] += told.count
    refused, unsure, sent = counts["failed"], counts[UNSURE], counts["served"]
    if (refused + unsure) / max(sent + refused + unsure, 1) <= TELLS_ABOVE:
        return
    name = session.execute(select(Distribution.name).where(Distribution.id == distribution_id)).scalar_one()
    said = " and ".join(filter(None, [f"{refused:,} refused" if refused else "", f"{unsure:,} unsure" if unsure else ""]))
    body = f"{sent:,} of {sent + refused + unsure:,} were sent, {said}. Its report says why, and what can be sent again."
    notices.raise_notice(session, "outcome", outside(Prefix.DISTRIBUTION, distribution_id), f"“{name}” is done, with {said}", body)


_WAITING = text("""
    SELECT id, version, prepared FROM recipients WHERE distribution_id = :id AND lane = :lane AND waits AND id > :after
    ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_READY = text("""
    SELECT id FROM deliveries WHERE distribution_id = :id AND lane = :lane AND due_at IS NOT NULL AND state = 'ready'
    LIMIT :limit FOR UPDATE SKIP LOCKED
""")


def sweep(session: Session, distribution_id: uuid.UUID, lane: str, after: uuid.UUID, limit: int = 2000) -> uuid.UUID | None:
    """Skip a page of what a stopped distribution has not sent; the last recipient looked at, or None when nothing was left."""
    ready = list(session.scalars(_READY, {"id": distribution_id, "lane": lane, "limit": limit}))
    settle(session, [recipient for _, recipient in moves.deliveries(session, ready, "skipped", sources=("ready",), reason="stopped")])
    rows = session.execute(_WAITING, {"id": distribution_id, "lane": lane, "after": after, "limit": limit}).all()
    ids = [row.id for row in rows]
    for version in sorted({row.version for row in rows}):
        plan = Plan.shown(session.get_one(Version, (distribution_id, version)).plan)
        of_it = [row for row in rows if row.version == version]
        fresh, prepared = ([row.id for row in of_it if bool(row.prepared) is before] for before in (False, True))
        leave_out(session, plan.channels if plan else (), fresh, prepared, "stopped")
    return ids[-1] if ids else (after if len(ready) == limit else None)


_GIVE_UP = text("UPDATE distributions SET pause_reason = 'no_codes' WHERE id = :id AND status = 'ended' AND pause_reason = ''")


def give_up(session: Session, distribution_id: uuid.UUID) -> None:
    """It has ended and there is no code for those who still wait: nobody will add one for them, so they are skipped."""
    session.execute(_GIVE_UP, {"id": distribution_id})


_UNFINISHED = text(f"""
    SELECT d.id, lane.lane FROM distributions d CROSS JOIN (VALUES ('bulk'), ('trigger')) AS lane (lane)
    WHERE (d.status IN ('sending', 'live') OR (d.status IN ('stopped', 'ended') AND d.started_at IS NOT NULL)) AND (
        EXISTS (SELECT FROM recipients r WHERE r.distribution_id = d.id AND r.lane = lane.lane AND r.waits)
        OR EXISTS (SELECT FROM deliveries v WHERE v.distribution_id = d.id AND v.lane = lane.lane AND v.due_at IS NOT NULL
                   AND (v.due_at <= :now OR d.status = 'stopped' OR (d.status = 'ended' AND d.pause_reason <> '')) AND v.state = 'ready')
        OR (lane.lane = 'bulk' AND d.fanned_out_at IS NULL
            AND (d.status IN ('sending', 'live') OR (d.status = 'ended' AND d.pause_reason = '')))
        OR (lane.lane = 'bulk' AND d.status = 'sending' AND NOT {LEFT}))
    OR (d.status = 'paused' AND d.pause_reason = 'no_codes' AND EXISTS (
        SELECT FROM deliveries v WHERE v.distribution_id = d.id AND v.lane = lane.lane AND v.due_at <= :now AND v.state = 'ready'))
""")


def unfinished(session: Session) -> list[tuple[uuid.UUID, str]]:
    """Distributions with something to do now, and the lane in which; the clock nudges for each."""
    return [(id, lane) for id, lane in session.execute(_UNFINISHED, {"now": clock.now(session)})]
