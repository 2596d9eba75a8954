"""Open a call, and write down what became of it. Between the two there is no transaction, and the worker may die anywhere.

`open_calls` checks once more, in the UPDATE that opens, everything that may have changed since the deliveries were prepared.
"""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.connections.configured import configured, receipts_url
from domain.customers.consents.links import unsubscribe_url
from domain.distributions.audience import exclusions
from domain.journal import quarantine
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.sending.calls.provider_call import Call
from domain.sending.prepare.leases import Item, Lease, give_back, hold
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion, served_version
from domain.sending.states import moves, tallies
from domain.tables.workspace import Project
from domain.workspace.project.database_mark import may_send

FRESH = datetime.timedelta(minutes=5)
"""What was prepared longer ago than this is prepared anew."""


MAY_SEND = "(x.status IN ('sending', 'live') OR (x.status = 'ended' AND x.pause_reason = '') OR (x.status = 'paused' AND x.pause_reason = 'no_codes'))"  # noqa: E501 - one statement
"""True for a distribution `x` whose prepared messages may leave: without codes, those who have one still get it; after its end, those
whose event came before it."""


def call_of(session: Session, about: ServedVersion, way: ReadyChannel, id: uuid.UUID, items: Iterable[Item]) -> Call:
    """The call with these open deliveries, with credentials read now. Raises `Unusable`."""
    _, settings = configured(session, way.connection_id)
    live = about.plan.chosen_trigger.live
    url = receipts_url(session, way.connection_id)
    return Call(id, about.distribution_id, live, way, settings, tuple(items), int(clock.now(session).timestamp()), url)


def open_calls(session: Session, about: ServedVersion, lease: Lease, items: Sequence[Item]) -> Call | None:
    """Open those of the lease's `items` that may still be sent; the others go back to be prepared. None where none is left."""
    way, id = lease.way, new_id()
    ids = [item.id for item in items]
    if not active(session, about.distribution_id) or not may_send(session):
        give_back(session, lease, ids)
        return None
    opened = set(session.scalars(text(_open(about, way)), _values(session, about, lease, id, ids)))
    if lost := [item.id for item in items if item.id not in opened]:
        moves.back_to_prepare(session, lost, sources=("leased",))
    if not opened:
        return None
    hold(session, id, about.distribution_id, way, lease.lane, "open", list(opened))
    return call_of(session, about, way, id, (item for item in items if item.id in opened))


def _open(about: ServedVersion, way: ReadyChannel) -> str:
    holder = "r.voucher_id IS NOT NULL AND EXISTS (SELECT FROM vouchers v WHERE v.id = r.voucher_id AND v.customer_id = r.customer_id AND v.state IN ('reserved', 'assigned'))"  # noqa: E501 - one statement
    return f"""
        WITH new AS (
            UPDATE deliveries d SET state = 'open', attempt_id = :call
            FROM recipients r, customers c
            WHERE d.id = ANY(:ids) AND d.state = 'leased' AND d.attempt_id = :lease AND d.ready_at > :fresh
              AND r.id = d.recipient_id AND c.id = d.customer_id AND c.erased_at IS NULL AND d.address = {way.address}
              AND {exclusions.none_holds_sql(way.tests)} AND {holder if about.gives_codes else "true"}
              AND EXISTS (SELECT FROM distributions x WHERE x.id = d.distribution_id AND {MAY_SEND})
            RETURNING d.id, d.distribution_id, d.channel),
        counted AS ({
        tallies.insert(
            "SELECT distribution_id, channel, 'open', '', 1 FROM new", "SELECT distribution_id, channel, 'leased', '', -1 FROM new"
        )
    })
        SELECT id FROM new
    """


def _values(session: Session, about: ServedVersion, lease: Lease, id: uuid.UUID, ids: list[uuid.UUID]) -> dict[str, Any]:
    now = clock.now(session)
    return about.values(now) | {"call": id, "lease": lease.id, "ids": ids, "fresh": now - FRESH}


def active(session: Session, distribution_id: uuid.UUID) -> bool:
    """Whether it may send now."""
    return bool(session.execute(text(f"SELECT {MAY_SEND} FROM distributions x WHERE x.id = :id"), {"id": distribution_id}).scalar_one())


_DUE = text(f"""
    SELECT id, version, channel, ready_at <= :fresh AS old FROM deliveries d
    WHERE distribution_id = :distribution AND lane = :lane AND due_at <= :now AND state = 'ready' AND channel = ANY(:channels)
      AND {quarantine.whole("retries", "d.id")}
    ORDER BY due_at LIMIT :limit FOR UPDATE OF d SKIP LOCKED
""")
_LEASE = text("""
    UPDATE deliveries d SET attempt_id = :lease FROM customers c
    WHERE d.id = ANY(:ids) AND d.state = 'leased' AND c.id = d.customer_id
    RETURNING d.id, d.recipient_id, d.customer_id, d.address, d.slots, c.email, c.phone
""")


def claim_due(
    session: Session, distribution_id: uuid.UUID, lane: str, channels: Sequence[str], limit: int
) -> tuple[list[tuple[ServedVersion, Lease]], int]:
    """Lease deliveries whose time has come (retries, what another worker left), by version and channel; and how many were found.

    What was prepared more than five minutes ago goes back to be prepared anew instead.
    """
    if not may_send(session):
        return [], 0
    now = clock.now(session)
    values = {"distribution": distribution_id, "lane": lane, "channels": list(channels), "now": now, "fresh": now - FRESH, "limit": limit}
    rows = session.execute(_DUE, values).all()
    moves.back_to_prepare(session, [row.id for row in rows if row.old], sources=("ready",))
    groups: dict[tuple[int, str], list[uuid.UUID]] = {}
    for row in rows:
        if not row.old:
            groups.setdefault((row.version, row.channel), []).append(row.id)
    leases: list[tuple[ServedVersion, Lease]] = []
    for (version, channel), ids in groups.items():
        about = served_version(session, distribution_id, version)
        if (way := about.way(channel)) is not None:
            leases += ((about, lease) for lease in _leased(session, about, way, lane, ids))
    return leases, len(rows)


def _leased(session: Session, about: ServedVersion, way: ReadyChannel, lane: str, ids: list[uuid.UUID]) -> list[Lease]:
    """Leases of these; one that cannot be leased alone is passed over."""
    leases: list[Lease] = []
    quarantine.isolate(session, "retries", ids, lambda some: leases.append(_lease(session, about, way, lane, list(some))))
    return leases


def _lease(session: Session, about: ServedVersion, way: ReadyChannel, lane: str, ids: list[uuid.UUID]) -> Lease:
    lease = Lease(new_id(), way, lane, "leased")
    moves.deliveries(session, ids, "leased", sources=("ready",))
    public_url = session.scalar(select(Project.public_url)) or ""
    for row in session.execute(_LEASE, {"ids": ids, "lease": lease.id}):
        link = unsubscribe_url(public_url, row.customer_id, way.channel.permission_id)
        lease.items.append(Item(row.id, row.recipient_id, row.customer_id, row.address, row.slots or {}, link, row.email, row.phone))
    hold(session, lease.id, about.distribution_id, way, lane, "leased", ids)
    session.flush()
    return lease
