"""What did providers tell us? Raw receipts are applied by a worker; state only moves right, so late and doubled ones do no harm.

Bounces, complaints and unsubscribes become suppressions and withdrawn permissions at once, for messages that wait, too.
"""

import datetime
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from domain.connections import configured, inbound
from domain.distributions.audience.reasons import grouped
from domain.journal import changed_facts, quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, inside
from domain.sending.receipts.consequences import Meant, follow, wrote_to
from domain.sending.states import tallies
from domain.sending.states.settle_recipients import settle
from domain.tables.connections import Connection, RawReceipt
from integrations.contract import Happened, Receipt, Received

RANK = ("unsure", "accepted", "delivered", "bounced", "complained")
"""States that receipts move between, in the only direction there is."""
STATE = {
    Happened.ACCEPTED: "accepted",
    Happened.DELIVERED: "delivered",
    Happened.OPENED: "delivered",
    Happened.CLICKED: "delivered",
    Happened.BOUNCED: "bounced",
    Happened.REFUSED: "bounced",
    Happened.COMPLAINED: "complained",
    Happened.UNSUBSCRIBED: "delivered",
}
KNOWN_FOR = datetime.timedelta(hours=1)
"""How long a receipt may wait for the message it names."""
KINDS = {"email": "email", "sms": "phone"}


@dataclass
class _AppliedReceipt:
    """What all receipts of a batch say about one delivery."""

    rank: int = -1
    reason: str = ""
    at: datetime.datetime | None = None
    opened: datetime.datetime | None = None
    clicked: datetime.datetime | None = None


_APPLY = text(f"""
    WITH told AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:ats AS timestamptz[]),
            CAST(:opened AS timestamptz[]), CAST(:clicked AS timestamptz[])) AS t (id, state, reason, at, opened, clicked)),
    old AS MATERIALIZED (
        SELECT d.id, d.created_at, d.recipient_id, d.distribution_id, d.channel, d.state, d.reason, d.opened_at, d.clicked_at
        FROM deliveries d WHERE d.id = ANY(:ids) AND d.state = ANY(:ranks) ORDER BY d.id FOR UPDATE),
    new AS (
        UPDATE deliveries d SET
            state = CASE WHEN array_position(:ranks, t.state) > array_position(:ranks, old.state) THEN t.state ELSE old.state END,
            reason = CASE WHEN array_position(:ranks, t.state) > array_position(:ranks, old.state) THEN t.reason ELSE old.reason END,
            settled_at = CASE WHEN array_position(:ranks, t.state) > array_position(:ranks, old.state) THEN t.at ELSE d.settled_at END,
            opened_at = least(d.opened_at, t.opened), clicked_at = least(d.clicked_at, t.clicked)
        FROM told t, old WHERE t.id = old.id AND d.id = old.id AND d.created_at = old.created_at
          AND (array_position(:ranks, t.state) > array_position(:ranks, old.state) OR t.opened IS NOT NULL OR t.clicked IS NOT NULL)
        RETURNING d.id, d.distribution_id, d.channel, d.state, d.reason, d.opened_at, d.clicked_at),
    counted AS ({
    tallies.insert(
        "SELECT distribution_id, channel, state, reason, 1 FROM new",
        "SELECT old.distribution_id, old.channel, old.state, old.reason, -1 FROM old JOIN new USING (id)",
        "SELECT new.distribution_id, new.channel, 'sent', '', 1 FROM old JOIN new USING (id)"
        " WHERE old.state = 'unsure' AND new.state <> 'unsure'",
        "SELECT new.distribution_id, new.channel, 'opened', '', 1 FROM old JOIN new USING (id)"
        " WHERE old.opened_at IS NULL AND new.opened_at IS NOT NULL",
        "SELECT new.distribution_id, new.channel, 'clicked', '', 1 FROM old JOIN new USING (id)"
        " WHERE old.clicked_at IS NULL AND new.clicked_at IS NOT NULL",
        "SELECT new.distribution_id, new.channel, 'delivered_once', '', 1 FROM old JOIN new USING (id)"
        " WHERE new.state IN ('delivered', 'bounced', 'complained') AND old.state IN ('unsure', 'accepted') AND new.state = 'delivered'",
        "SELECT new.distribution_id, new.channel, 'bounced_once', '', 1 FROM old JOIN new USING (id)"
        " WHERE new.state = 'bounced' AND old.state <> 'bounced'",
    )
}),
    stepped AS (
        INSERT INTO delivery_steps (delivery_id, at, state, reason)
        SELECT new.id, :now, new.state, new.reason FROM new JOIN old USING (id) WHERE new.state <> old.state)
    SELECT id, recipient_id, state = 'unsure' AS in_doubt FROM old
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


def apply_late(session: Session, limit: int = 2_000) -> bool:
    """Receipts that named messages we did not know yet; given up after an hour. False: what is still unknown waits for the next look."""
    _apply(session, _raws("unknown").limit(limit))
    return False


def _raws(state: str) -> Select[RawReceipt]:
    whole = text(quarantine.whole("receipts", "raw_receipts.id"))
    return select(RawReceipt).where(RawReceipt.state == state, whole).order_by(RawReceipt.id).with_for_update(skip_locked=True)


def _apply(session: Session, query: Select[RawReceipt]) -> Sequence[RawReceipt]:
    raws = session.scalars(query).all()
    quarantine.isolate(session, "receipts", raws, lambda some: _apply_raws(session, some), lambda raw: raw.id)
    return raws


def _apply_raws(session: Session, raws: Iterable[RawReceipt]) -> None:
    by_connection: dict[uuid.UUID, list[RawReceipt]] = defaultdict(list)
    for raw in raws:
        by_connection[raw.connection_id].append(raw)
    for connection_id, of_it in by_connection.items():
        connection = session.get_one(Connection, connection_id)
        for raw in of_it:
            _one(session, connection, raw)


def _one(session: Session, connection: Connection, raw: RawReceipt) -> None:
    received = _read(session, raw)
    if received is None or not received.genuine:
        raw.state, raw.reason = "refused", "It cannot be read." if received is not None else "This connection takes no receipts."
        return
    known = apply(session, connection, received.receipts, signed=received.signed)
    late = raw.created_at < clock.now(session) - KNOWN_FOR
    raw.state = "applied" if known or late else "unknown"
    raw.reason = "" if known else "It names messages that are not known."


def _read(session: Session, raw: RawReceipt) -> Received | None:
    try:
        return inbound.read(session, raw)
    except configured.Unusable:
        return None


def apply(session: Session, connection: Connection, receipts: Iterable[Receipt], *, signed: bool = True) -> bool:
    """Apply parsed receipts of one connection; whether every message they name is known. They touch only messages of this connection.

    What was not signed and names only an address is believed when it is a STOP from a number that this connection wrote to.
    """
    listed = list(receipts)
    meant = _meant(session, connection.id, listed)
    now = clock.now(session)
    told: dict[uuid.UUID, _AppliedReceipt] = defaultdict(_AppliedReceipt)
    all_known = True
    for receipt in listed:
        about = (
            meant.get(receipt.message_id) or meant.get((receipt.provider_id, receipt.address.casefold())) or meant.get(receipt.provider_id)
        )
        if about is None and (receipt.message_id or receipt.provider_id):
            all_known = False
            continue
        if about is None and not signed and not wrote_to(session, connection, receipt):
            continue
        if about is not None:
            _note(told[about.id], receipt, now)
        follow(session, connection, receipt, about)
    if told:
        applied = session.execute(_APPLY, _columns(told, now)).all()
        all_known = all_known and {row.id for row in applied} == set(told)
        changed_facts.delivered(session, [row.recipient_id for row in applied])
        settle(session, [row.recipient_id for row in applied if row.in_doubt])
    return all_known


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
    state = STATE.get(receipt.happened)
    at = datetime.datetime.fromtimestamp(receipt.at, datetime.UTC) if receipt.at else now
    if state is not None and RANK.index(state) > told.rank:
        told.rank, told.reason, told.at = RANK.index(state), grouped(receipt.reason) if state in {"bounced", "complained"} else "", at
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
        "now": now,
    }
