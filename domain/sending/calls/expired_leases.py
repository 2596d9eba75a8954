"""Whose worker died? A claim past its lease gives its deliveries back, or says that nobody knows."""

import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.incentives.ledger.assign import assign
from domain.journal import quarantine
from domain.kernel import clock
from domain.sending.prepare import leases
from domain.sending.states import moves
from domain.sending.states.settle_recipients import settle

_EXPIRED = text(f"""
    SELECT k.id, k.state, k.deliveries, k.distribution_id, k.lane, k.repeat_until > :now AS repeatable, d.live
    FROM delivery_claims k LEFT JOIN distributions d ON d.id = k.distribution_id
    WHERE k.lease_until < :now AND {quarantine.whole("leases", "k.id")} ORDER BY k.lease_until LIMIT :limit FOR UPDATE OF k SKIP LOCKED
""")


def expire(session: Session, limit: int = 20) -> int:
    """Take back what dead workers held; how many claims.

    `leased` returns to `ready`: no call was begun. `open` is sent again where the provider recognises the repetition; else it is
    `unsure`, and its code is its customer's. Should the worker live after all, its late answer is still taken.
    """
    now = clock.now(session)
    rows = session.execute(_EXPIRED, {"now": now, "limit": limit}).all()
    quarantine.each(session, "leases", rows, lambda row: _take_back(session, row, now), lambda row: row.id)
    return len(rows)


def _take_back(session: Session, row: Row[Any], now: datetime.datetime) -> None:
    if row.state == "leased" or row.repeatable:
        said = "Its worker fell silent" if row.state == "leased" else "Its call was cut off; the provider recognises a repetition"
        moves.deliveries(session, row.deliveries, "ready", sources=(row.state,), attempt=row.id, due=now, step=said)
    else:
        lost = moves.deliveries(
            session,
            row.deliveries,
            "unsure",
            sources=("open",),
            attempt=row.id,
            reason="worker killed",
            sent=True,
            step="Its worker fell silent",
        )
        recipients = [recipient for _, recipient in lost]
        assign(session, recipients, row.distribution_id, "Automation" if row.live else "Dashboard")
        settle(session, recipients)
    leases.close(session, row.id)
