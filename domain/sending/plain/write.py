"""Write a plain batch down: recipients, deliveries, codes, the claim that holds them and every count, in one statement."""

import datetime
import uuid
from collections.abc import Sequence
from json.encoder import encode_basestring

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.sending.plain.person import NotPlain
from domain.sending.plain.usual import Usual
from domain.sending.prepare.leases import LEASE
from domain.sending.states import tallies


def row_of(id: str, delivery: str, code: str | None, why: str | None, said: str | None, address: str, slots: str) -> str:
    """One recipient as JSON; ids are ours and need no quoting."""
    voucher, reason, of_delivery = (f'"{text}"' if text else "null" for text in (code, why, said))
    return (
        f'{{"id": "{id}", "delivery": "{delivery}", "voucher": {voucher}, "why": {reason}, "said": {of_delivery}, '
        f'"address": {encode_basestring(address)}, "slots": {slots}}}'
    )


_WRITE = text(f"""
    WITH given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:rows AS json))
            AS g (id uuid, delivery uuid, voucher uuid, why text, said text, address text, slots jsonb)),
    made AS (
        UPDATE recipients r SET state = CASE WHEN g.why IS NULL THEN 'ready' ELSE 'skipped' END, reason = coalesce(g.why, ''),
            waits = false, prepared = 1, voucher_id = g.voucher
        FROM given g WHERE r.id = g.id
        RETURNING r.id, r.customer_id, r.created_at, r.state, r.reason, g.delivery, g.voucher, g.said, g.address, g.slots),
    new AS (
        INSERT INTO deliveries (id, recipient_id, distribution_id, customer_id, channel, connection_id, lane, version, state, reason,
            address, slots, attempt_id, ready_at, created_at)
        SELECT delivery, id, :distribution, customer_id, :channel, :connection, 'bulk', :version,
            CASE WHEN said IS NULL THEN 'open' ELSE 'skipped' END, coalesce(said, ''), address, slots,
            CASE WHEN said IS NULL THEN CAST(:call AS uuid) END, :now, created_at FROM made
        RETURNING state, reason),
    held AS (
        UPDATE vouchers v SET state = 'reserved', is_free = false, customer_id = made.customer_id, recipient_id = made.id, once = false
        FROM made WHERE v.id = made.voucher AND CASE WHEN v.is_free THEN true ELSE false END RETURNING v.id),
    claimed AS (
        INSERT INTO delivery_claims (id, distribution_id, channel, connection_id, lane, state, deliveries, began_at, lease_until,
            repeat_until)
        SELECT :call, :distribution, :channel, :connection, 'bulk', 'open', array_agg(delivery ORDER BY delivery), :now, :until, :repeat
        FROM given WHERE why IS NULL HAVING count(*) > 0),
    counted AS ({
    tallies.insert(
        "SELECT CAST(:distribution AS uuid), '', state, reason, 1 FROM made",
        "SELECT CAST(:distribution AS uuid), '', 'pending', '', -1 FROM made",
        "SELECT CAST(:distribution AS uuid), :channel, state, reason, 1 FROM new",
    )
}),
    pooled AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT :campaign, state, delta FROM (SELECT count(*)::int AS n FROM held) AS all_of_them,
            LATERAL (VALUES ('free', -n), ('reserved', n)) AS change (state, delta) WHERE n > 0)
    SELECT (SELECT count(*) FROM made), (SELECT count(*) FROM new), (SELECT count(*) FROM held)
""")


def write(session: Session, kept: Usual, call: uuid.UUID, rows: Sequence[str], going: int, now: datetime.datetime) -> None:
    """Write these rows of `row_of`, of whom `going` are written to. Raises NotPlain where anything is not as it was found."""
    way, safe = kept.way, kept.way.mode.repeat_safe_for
    again = None if safe is None else now + datetime.timedelta(seconds=safe or 10 * 365 * 86400)
    wrote = session.execute(
        _WRITE,
        {
            "rows": f"[{','.join(rows)}]", "call": call, "distribution": kept.about.distribution_id, "channel": way.key,
            "connection": way.connection_id, "version": kept.about.version, "campaign": kept.campaign, "now": now, "until": now + LEASE,
            "repeat": again,
        },
    ).one()  # fmt: skip
    if tuple(wrote) != (len(rows), len(rows), going if kept.campaign is not None else 0):
        raise NotPlain(f"{len(rows)} were to be written, {wrote} were")
