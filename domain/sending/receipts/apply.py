"""What did providers tell us? Raw receipts are applied by a worker; state only moves right, so late and doubled ones do no harm.

Bounces, complaints and unsubscribes become suppressions and withdrawn permissions at once, for messages that wait, too.
"""

import datetime
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from domain.connections import configured, inbound
from domain.distributions.audience.reasons import grouped, refused
from domain.journal import changed_facts, quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, inside
from domain.sending.receipts.follow import Meant, believed, follow
from domain.sending.states import tallies
from domain.sending.states.consequences import CONSEQUENCES, RANK, SOFT
from domain.sending.states.settle_recipients import settle
from domain.tables.connections import Connection, RawReceipt
from integrations.contract import Happened, Receipt, Received

FIRST = uuid.UUID(int=0)
"""Before every id."""
A_DAY = 86_400
"""Seconds that a provider's clock may be before ours; what it says happened later than that is dated when it was told."""
KNOWN_FOR = datetime.timedelta(hours=1)  # that a receipt may wait for the message it names
_FROM = ("unsure", "accepted", "delivered", "bounced", "complained")
"""States of deliveries that a receipt may still move."""
_OVER = ("refused", "skipped")
"""States in which nothing is waited for any more: what a receipt says about such a delivery is no news."""


@dataclass
class _AppliedReceipt:
    """What all receipts of a batch say about one delivery."""

    rank: int = -1
    reason: str = ""
    notes: list[str] = field(default_factory=list)
    at: datetime.datetime | None = None
    opened: datetime.datetime | None = None
    clicked: datetime.datetime | None = None


_APPLY = text(f"""
    WITH told AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:ats AS timestamptz[]),
            CAST(:opened AS timestamptz[]), CAST(:clicked AS timestamptz[])) AS t (id, mark, reason, at, opened, clicked)),
    old AS MATERIALIZED (
        SELECT d.id, d.created_at, d.recipient_id, d.distribution_id, d.channel, d.state, d.reason, d.soft, d.opened_at, d.clicked_at
        FROM deliveries d WHERE d.id = ANY(:ids) AND d.state = ANY(:from) ORDER BY d.id FOR UPDATE),
    ranked AS (
        SELECT old.id, old.created_at, t.at, t.opened, t.clicked, t.reason, t.mark,
            array_position(:ranks, t.mark)
                > array_position(:ranks, CASE WHEN old.state = 'bounced' AND old.soft THEN '{SOFT}' ELSE old.state END) AS higher
        FROM told t JOIN old USING (id)),
    new AS (
        UPDATE deliveries d SET
            state = CASE WHEN NOT r.higher THEN d.state WHEN r.mark = '{SOFT}' THEN 'bounced' ELSE r.mark END,
            soft = CASE WHEN r.higher THEN r.mark = '{SOFT}' ELSE d.soft END,
            reason = CASE WHEN r.higher THEN r.reason ELSE d.reason END,
            settled_at = CASE WHEN r.higher THEN r.at ELSE d.settled_at END,
            opened_at = least(d.opened_at, r.opened), clicked_at = least(d.clicked_at, r.clicked)
        FROM ranked r WHERE d.id = r.id AND d.created_at = r.created_at AND (r.higher OR r.opened IS NOT NULL OR r.clicked IS NOT NULL)
        RETURNING d.id, d.distribution_id, d.channel, d.state, d.reason, d.opened_at, d.clicked_at),
    counted AS ({
    tallies.insert(
        "SELECT distribution_id, channel, state, reason, 1 FROM new",
        "SELECT old.distribution_id, old.channel, old.state, old.reason, -1 FROM old JOIN new USING (id)",
        "SELECT new.distribution_id, new.channel, 'sent', '', 1 FROM old JOIN new USING (id)"
        " WHERE old.state = 'unsure' AND new.state NOT IN ('unsure', 'refused')",
        "SELECT new.distribution_id, new.channel, 'sent', '', -1 FROM old JOIN new USING (id)"
        " WHERE old.state <> 'unsure' AND new.state = 'refused'",
        "SELECT new.distribution_id, new.channel, 'opened', '', 1 FROM old JOIN new USING (id)"
        " WHERE old.opened_at IS NULL AND new.opened_at IS NOT NULL",
        "SELECT new.distribution_id, new.channel, 'clicked', '', 1 FROM old JOIN new USING (id)"
        " WHERE old.clicked_at IS NULL AND new.clicked_at IS NOT NULL",
        "SELECT new.distribution_id, new.channel, 'delivered_once', '', 1 FROM old JOIN new USING (id)"
        " WHERE new.state = 'delivered' AND (old.state IN ('unsure', 'accepted') OR old.soft)",
        "SELECT new.distribution_id, new.channel, 'bounced_once', '', 1 FROM old JOIN new USING (id)"
        " WHERE new.state = 'bounced' AND old.state <> 'bounced'",
        "SELECT new.distribution_id, new.channel, 'bounced_once', '', -1 FROM old JOIN new USING (id)"
        " WHERE old.state = 'bounced' AND new.state IN ('delivered', 'refused')",
    )
}),
    stepped AS (
        INSERT INTO delivery_steps (delivery_id, at, state, reason)
        SELECT new.id, :now, new.state, new.reason FROM new JOIN old USING (id) WHERE new.state <> old.state)
    SELECT id, recipient_id, state = 'unsure' AS in_doubt FROM old
""")
_STATES = text("SELECT id FROM deliveries WHERE id = ANY(:ids) AND state = ANY(:over)")
_NOTE = text("""
    INSERT INTO delivery_steps (delivery_id, at, state, reason)
    SELECT d.id, :now, d.state, t.note
    FROM unnest(CAST(:ids AS uuid[]), CAST(:notes AS text[])) AS t (id, note) JOIN deliveries d USING (id)
""")
_BY_OURS = text("SELECT id, address, customer_id FROM deliveries WHERE id = ANY(:ids) AND connection_id = :connection")
_BY_THEIRS = text("""
    SELECT id, address, customer_id, provider_id FROM deliveries WHERE connection_id = :connection AND provider_id = ANY(:provider_ids)
    UNION ALL
    SELECT d.id, d.address, d.customer_id, c.provider_id
    FROM provider_calls c CROSS JOIN unnest(c.deliveries) AS mine (id) JOIN deliveries d ON d.id = mine.id
    WHERE c.connection_id = :connection AND c.provider_id = ANY(:provider_ids) AND d.provider_id IS NULL
""")


def apply_waiting(session: Session, limit: int = 200) -> bool:
    """Apply a batch of raw receipts; whether there may be more that are new. One that breaks is passed over."""
    return len(_apply(session, _raws("pending").limit(limit))) == limit


def apply_late(session: Session, after: uuid.UUID | None = None, limit: int = 2_000) -> uuid.UUID | None:
    """Receipts that named messages we did not know yet; given up after an hour. The last one looked at, where there may be more behind it.

    What is still unknown stays, and is passed over by whoever goes on after it: it keeps no later one waiting.
    """
    raws = _apply(session, _raws("unknown").where(RawReceipt.id > (after or FIRST)).limit(limit))
    return raws[-1].id if len(raws) == limit else None


def _raws(state: str) -> Select[RawReceipt]:
    whole = text(quarantine.whole("receipts", "raw_receipts.id"))
    return select(RawReceipt).where(RawReceipt.state == state, whole).order_by(RawReceipt.id).with_for_update(skip_locked=True)


def _apply(session: Session, query: Select[RawReceipt]) -> Sequence[RawReceipt]:
    raws = session.scalars(query).all()
    quarantine.isolate(session, "receipts", raws, lambda some: _apply_raws(session, some), lambda raw: raw.id)
    return raws


def _apply_raws(session: Session, raws: Iterable[RawReceipt]) -> None:
    for raw in raws:
        _one(session, session.get_one(Connection, raw.connection_id), raw)


def _one(session: Session, connection: Connection, raw: RawReceipt) -> None:
    received = _read(session, raw)
    if received is None or not received.genuine:
        raw.state, raw.reason = "refused", "It cannot be read." if received is not None else "This connection takes no receipts."
        return
    places = range(len(received.receipts)) if raw.waiting is None else raw.waiting
    told = {n: received.receipts[n] for n in places if n < len(received.receipts)}
    unknown = apply(session, connection, told.values(), signed=received.signed, again=raw.waiting is not None)
    late = raw.created_at < clock.now(session) - KNOWN_FOR
    waiting = [n for n, receipt in told.items() if receipt in unknown]
    raw.waiting = waiting if waiting and not late else None
    raw.state = "unknown" if raw.waiting else "applied"
    raw.reason = "It names messages that are not known." if waiting else ""


def _read(session: Session, raw: RawReceipt) -> Received | None:
    try:
        return inbound.read(session, raw)
    except configured.Unusable:
        return None


def apply(
    session: Session, connection: Connection, receipts: Iterable[Receipt], *, signed: bool = True, again: bool = False
) -> list[Receipt]:
    """Apply parsed receipts of one connection; those that name a message which is not known (yet). They touch only messages of it.

    A signed receipt counts for its address although the message is not ours (`again`: that was done already). What was not signed and names
    only an address is believed when it is a STOP from a number that this connection wrote to.
    """
    listed = list(receipts)
    meant = _meant(session, connection.id, listed)
    now = clock.now(session)
    told: dict[uuid.UUID, _AppliedReceipt] = defaultdict(_AppliedReceipt)
    said: dict[uuid.UUID, list[Receipt]] = defaultdict(list)
    unknown: list[Receipt] = []
    for receipt in listed:
        about = (
            meant.get(receipt.message_id) or meant.get((receipt.provider_id, receipt.address.casefold())) or meant.get(receipt.provider_id)
        )
        if about is not None:
            _note(told[about.id], receipt, now)
            said[about.id].append(receipt)
        elif receipt.message_id or receipt.provider_id:
            unknown.append(receipt)
        if about is not None or (not again and believed(session, connection, receipt, signed=signed)):
            follow(session, connection, receipt, about)
    return unknown + [receipt for id in _moved(session, told, now) for receipt in said[id]]


def _moved(session: Session, told: dict[uuid.UUID, _AppliedReceipt], now: datetime.datetime) -> set[uuid.UUID]:
    """Move the deliveries; those whose call is still under way, so that the receipt waits for its record."""
    if not told:
        return set()
    applied = session.execute(_APPLY, _columns(told, now)).all()
    changed_facts.delivered(session, [row.recipient_id for row in applied])
    settle(session, [row.recipient_id for row in applied if row.in_doubt])
    moved = {row.id for row in applied}
    if notes := [(id, note) for id in sorted(moved) for note in told[id].notes]:
        session.execute(_NOTE, {"ids": [id for id, _ in notes], "notes": [note for _, note in notes], "now": now})
    missed = set(told) - moved
    return missed - set(session.scalars(_STATES, {"ids": list(missed), "over": list(_OVER)})) if missed else missed


def _meant(session: Session, connection_id: uuid.UUID, receipts: list[Receipt]) -> dict[str | tuple[str, str], Meant]:
    """By our id, by theirs with the address, or by theirs alone where only one message has it: some providers give a whole call one id."""
    ours = {id: r.message_id for r in receipts if r.message_id and (id := inside(Prefix.DELIVERY, r.message_id)) is not None}
    theirs = sorted({r.provider_id for r in receipts if r.provider_id and not r.message_id})
    found: dict[str | tuple[str, str], Meant] = {}
    for row in session.execute(_BY_OURS, {"ids": list(ours), "connection": connection_id}) if ours else ():
        found[ours[row.id]] = Meant(row.id, row.address, row.customer_id)
    rows = session.execute(_BY_THEIRS, {"provider_ids": theirs, "connection": connection_id}).all() if theirs else []
    share = Counter(row.provider_id for row in rows)
    for row in rows:
        meant = Meant(row.id, row.address, row.customer_id)
        found[row.provider_id, (row.address or "").casefold()] = meant
        if share[row.provider_id] == 1:
            found[row.provider_id] = meant
    return found


def _note(told: _AppliedReceipt, receipt: Receipt, now: datetime.datetime) -> None:
    follows = CONSEQUENCES[receipt.happened]
    at = datetime.datetime.fromtimestamp(receipt.at, datetime.UTC) if 0 < receipt.at < now.timestamp() + A_DAY else now
    if follows.mark and RANK.index(follows.mark) > told.rank:
        told.rank, told.at = RANK.index(follows.mark), at
        dropped, wrong = receipt.happened is Happened.DROPPED, follows.state in {"bounced", "complained", "refused"}
        told.reason = refused(receipt.reason, for_good=True) if dropped else grouped(receipt.reason) if wrong else ""
    if follows.note and follows.note not in told.notes:
        told.notes.append(follows.note)
    if receipt.happened in {Happened.OPENED, Happened.CLICKED}:
        told.opened = min(told.opened or at, at)
    if receipt.happened is Happened.CLICKED:
        told.clicked = min(told.clicked or at, at)


def _columns(told: dict[uuid.UUID, _AppliedReceipt], now: datetime.datetime) -> dict[str, object]:
    ids = sorted(told)
    return {
        "ids": ids,
        "states": [RANK[max(told[id].rank, 0)] for id in ids],
        "reasons": [told[id].reason for id in ids],
        "ats": [told[id].at or now for id in ids],
        "opened": [told[id].opened for id in ids],
        "clicked": [told[id].clicked for id in ids],
        "ranks": list(RANK),
        "from": list(_FROM),
        "now": now,
    }
