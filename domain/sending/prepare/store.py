"""Write down what was decided about a batch: deliveries with their slots, the recipients' states, the claim that holds them."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.preview import values as facts
from domain.incentives.ledger.assign import release
from domain.journal import changed_facts
from domain.kernel import clock
from domain.kernel.base import array, new_id
from domain.sending.prepare.decide import Claimed, Decided, WaitingRecipient
from domain.sending.prepare.leases import Item, Lease, hold
from domain.sending.prepare.recipe import ReadyChannel, ServedVersion
from domain.sending.prepare.render import rendered
from domain.sending.states import tallies
from domain.sending.states.settle_recipients import settle

_COLUMNS = ("id", "why", "address", "slots")
_WRITE = text(f"""
    WITH given AS (
        SELECT g.id, g.why, g.address, g.slots, r.customer_id, r.created_at
        FROM json_to_recordset(CAST(:rows AS json)) AS g (id uuid, why text, address text, slots jsonb)
        JOIN recipients r ON r.id = g.id),
    old AS MATERIALIZED (
        SELECT d.id, d.distribution_id, d.channel, d.state, d.reason FROM deliveries d
        WHERE d.recipient_id = ANY(CAST(:before AS uuid[])) AND d.channel = :channel AND d.state = 'pending' FOR UPDATE),
    new AS (
        INSERT INTO deliveries (recipient_id, distribution_id, customer_id, channel, connection_id, lane, version, state, reason, address,
            slots, attempt_id, ready_at, created_at)
        SELECT id, :distribution, customer_id, :channel, :connection, :lane, :version,
            CASE WHEN why IS NULL THEN :state ELSE 'skipped' END, coalesce(why, ''), address,
            slots, CASE WHEN why IS NULL THEN CAST(:attempt AS uuid) END, :now, created_at FROM given
        WHERE (SELECT count(*) FROM old) >= 0 -- the old states are read before they change
        ON CONFLICT (recipient_id, channel, created_at) DO UPDATE
            SET state = excluded.state, reason = excluded.reason, address = excluded.address, slots = excluded.slots,
                connection_id = excluded.connection_id, attempt_id = excluded.attempt_id, ready_at = excluded.ready_at, due_at = NULL
            WHERE deliveries.state = 'pending'
        RETURNING id, recipient_id, customer_id, distribution_id, channel, state, reason, address),
    counted AS ({
    tallies.insert(
        "SELECT distribution_id, channel, state, reason, 1 FROM new", "SELECT distribution_id, channel, state, reason, -1 FROM old"
    )
})
    SELECT id, recipient_id, customer_id, address FROM new WHERE state <> 'skipped'
""")
_PREPARED = text(f"""
    WITH given AS (SELECT CAST(key AS uuid) AS id, value AS reason FROM json_each_text(CAST(:left_out AS json))),
    new AS (
        UPDATE recipients r SET state = CASE WHEN given.id IS NULL THEN 'ready' ELSE 'skipped' END, reason = coalesce(given.reason, ''),
            waits = false, prepared = least(r.prepared + 1, 30000)
        FROM unnest(CAST(:ids AS uuid[])) AS mine (id) LEFT JOIN given USING (id)
        WHERE r.id = mine.id RETURNING r.distribution_id, r.state, r.reason)
    {tallies.insert("SELECT distribution_id, '', state, reason, 1 FROM new", "SELECT distribution_id, '', 'pending', '', -1 FROM new")}
""")


def store_decisions(session: Session, claimed: Claimed, served: Decided, lane: str, *, at_once: bool) -> list[Lease]:
    """Write deliveries and recipients of the batch; what may now be sent. `at_once`: a single channel's deliveries are opened here."""
    about = claimed.recipe
    going = {person.id for person in served.going}
    decided = [p for p in claimed.people if p.id in served.left_out or p.id in going]
    if not decided:
        return []
    shared = facts.shared_values(session, about.plan, about.distribution_id)
    happened = facts.event_values(session, about.plan, [person.id for person in decided])
    batch = _Batch(about, decided, served, lane, shared, happened, at_once)
    leases = [_channel(session, batch, n) for n in range(len(about.ways))]
    _recipients(session, batch, leases)
    settle(session, [person.id for person in decided if person.before])
    changed_facts.delivered(session, [person.id for person in decided if person.id in served.left_out])
    return [lease for lease in leases if lease.items]


@dataclass(frozen=True)
class _Batch:
    """What all channels of a batch are prepared from; `failed`: whose message could not be made, with the reason."""

    recipe: ServedVersion
    people: list[WaitingRecipient]
    served: Decided
    lane: str
    shared: facts.SharedValues
    happened: Mapping[uuid.UUID, Mapping[str, Any]]
    at_once: bool
    failed: dict[uuid.UUID, str] = field(default_factory=dict)


def _channel(session: Session, batch: _Batch, n: int) -> Lease:
    about, people, served, lane = batch.recipe, batch.people, batch.served, batch.lane
    way = about.ways[n]
    lease = Lease(new_id(), way, lane, "open" if batch.at_once and len(about.ways) == 1 else "leased")
    closed = _closed(way, n, people, served)
    known = facts.values_for_batch(
        session,
        batch.shared,
        [(p.id, p.customer_id, served.codes.get(p.id)) for p in people if p.id not in closed],
        way.channel.permission_id,
        batch.happened,
    )
    slots, failed = rendered(session, about, way, known)
    closed |= failed
    batch.failed.update(failed)
    given = [[str(p.id), closed.get(p.id), p.addresses[n], slots.get(p.id)] for p in people]
    rows = session.execute(
        _WRITE,
        {
            "rows": json.dumps([dict(zip(_COLUMNS, row, strict=True)) for row in given], ensure_ascii=False),
            "before": array(p.id for p in people if p.before), "state": lease.state,
            "distribution": about.distribution_id, "channel": way.key, "connection": way.connection_id, "lane": lane,
            "version": about.version, "attempt": lease.id, "now": clock.now(session),
        },
    ).all()  # fmt: skip
    for id, recipient, customer, address in rows:
        about_them = known[recipient]["customer"]
        link = known[recipient]["links"]["unsubscribe"]
        lease.items.append(Item(id, recipient, customer, address, slots[recipient], link, about_them["email"], about_them["phone"]))
    if lease.items:
        hold(session, lease.id, about.distribution_id, way, lane, lease.state, [item.id for item in lease.items])
    return lease


def _closed(way: ReadyChannel, n: int, people: Sequence[WaitingRecipient], served: Decided) -> dict[uuid.UUID, str]:
    """Whom this channel leaves out, and why; in a call of many, a second customer with the same address too."""
    closed: dict[uuid.UUID, str] = {}
    seen: dict[str, uuid.UUID] = {}
    for person in people:
        if reason := served.left_out.get(person.id) or person.closed[n]:
            closed[person.id] = person.closed[n] or reason
            continue
        address = person.addresses[n].lower()
        if way.limits.items > 1 and address and seen.setdefault(address, person.customer_id) != person.customer_id:
            closed[person.id] = "same_address"
    return closed


def _recipients(session: Session, batch: _Batch, leases: Sequence[Lease]) -> None:
    """Ready where something is on its way; skipped where every channel says no. Who has older deliveries is settled by all of them."""
    people, served = batch.people, batch.served
    going = {item.recipient_id for lease in leases for item in lease.items}
    reasons = {
        p.id: served.left_out.get(p.id) or batch.failed.get(p.id) or next(filter(None, p.closed), "same_address")
        for p in people
        if p.id not in going
    }
    stay = going | {p.id for p in people if p.before}
    left_out = {str(p.id): reasons[p.id] for p in people if p.id not in stay}
    session.execute(_PREPARED, {"ids": array(p.id for p in people), "left_out": json.dumps(left_out), "now": clock.now(session)})
    unused = [p.id for p in people if p.id not in stay and served.codes.get(p.id) is not None]
    if unused:
        release(session, unused)
