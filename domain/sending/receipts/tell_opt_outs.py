"""Who is told outward that an address wants nothing more? Connections that have the switch on, each once, by rows that outlive any crash.

A row holds the hash alone; the address is that of whoever has it now, so that nobody is told of somebody erased. Repeating does no harm.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.connections.configured import Unusable, configured
from domain.customers.identify.match import somebody_with_address
from domain.journal import quarantine
from domain.kernel import clock
from integrations.contract import Fate, Outcome, Provider, Settings, Stop
from logs import log

if TYPE_CHECKING:
    from integrations.http import Http

ASKING = datetime.timedelta(minutes=2)
"""How long nobody else tells what somebody is telling."""
FIRST, SLOWEST = 30.0, 3600.0
"""Seconds before it is told again: they double from the one to the other."""
GIVES_UP = datetime.timedelta(days=3)
LANE = "opt_outs"
_ITEM = "concat_ws(' ', o.connection_id, o.kind, o.hash)"
_NEXT = text(f"""
    SELECT o.connection_id, o.kind, o.hash, o.attempts + 1 AS attempts, o.created_at
    FROM opt_outs_to_tell o JOIN connections c ON c.id = o.connection_id
    WHERE o.due_at <= :now AND c.paused_at IS NULL AND {quarantine.whole(LANE, _ITEM)} ORDER BY o.due_at LIMIT 1 FOR UPDATE OF o SKIP LOCKED
""")
_TAKE = text("""
    UPDATE opt_outs_to_tell SET due_at = :until, attempts = attempts + 1
    WHERE connection_id = :connection AND kind = :kind AND hash = :hash
""")
_END = text("""
    UPDATE opt_outs_to_tell SET state = :state, reason = :reason, due_at = :due
    WHERE connection_id = :connection AND kind = :kind AND hash = :hash
""")

_COUNTS = text("SELECT state, count(*) AS n FROM opt_outs_to_tell WHERE connection_id = :connection GROUP BY state")


@dataclass(frozen=True)
class Telling:
    """One address for one connection. `address` empty: nobody has it any more."""

    connection_id: uuid.UUID
    kind: str
    hash: str
    attempts: int
    since: datetime.datetime
    address: str = ""
    provider: Provider | None = None
    settings: Settings | None = None
    why: str = ""
    """Why this connection cannot be told."""


def claim(session: Session) -> Telling | None:
    """The one that waited longest; nobody else tells it meanwhile. Commit before telling."""
    now = clock.now(session)
    taken: list[Telling] = []
    while not taken and (row := session.execute(_NEXT, {"now": now}).one_or_none()) is not None:
        quarantine.each(session, LANE, [row], lambda one: taken.append(_take(session, one, now)), _item)
    return taken[0] if taken else None


def _item(row: Row[Any]) -> str:
    return f"{row.connection_id} {row.kind} {row.hash}"


def _take(session: Session, row: Row[Any], now: datetime.datetime) -> Telling:
    """Nobody else tells it now; everything that the call needs."""
    named = {"connection": row.connection_id, "kind": row.kind, "hash": row.hash}
    session.execute(_TAKE, named | {"until": now + ASKING})
    wanted = Telling(row.connection_id, row.kind, row.hash, row.attempts, row.created_at)
    holder = somebody_with_address(session, row.kind, row.hash)
    try:
        provider, settings = configured(session, row.connection_id)
    except Unusable as why:
        return replace(wanted, why=str(why))
    return replace(wanted, address=holder.email if holder is not None else "", provider=provider, settings=settings)


def tell(http: Http, wanted: Telling) -> Outcome:
    """Tell the platform. No transaction is open now."""
    if not wanted.address and not wanted.why:
        return Outcome("", Fate.ACCEPTED)
    if wanted.provider is None or wanted.provider.tell_opt_out is None or wanted.settings is None:
        return Outcome("", Fate.REFUSED, wanted.why or "It cannot be told.")
    try:
        return wanted.provider.tell_opt_out(http, wanted.settings, wanted.address)
    except Stop as stop:
        return Outcome("", Fate.LATER, str(stop))
    except Exception as broke:  # an adapter's bug costs an attempt, never the worker
        item = f"{wanted.connection_id} {wanted.kind} {wanted.hash}"
        log(__name__).error("telling an opt-out broke", item=item, attempt=wanted.attempts, exc_info=broke)
        return Outcome("", Fate.LATER, "It broke off on our side.")


def record(session: Session, wanted: Telling, outcome: Outcome) -> None:
    """Write down that it was told, or when it is tried again; after three days nobody tries any more."""
    quarantine.each(
        session, LANE, [wanted], lambda one: _record(session, one, outcome), lambda one: f"{one.connection_id} {one.kind} {one.hash}"
    )


def _record(session: Session, wanted: Telling, outcome: Outcome) -> None:
    now = clock.now(session)
    wait = min(FIRST * 2 ** (wanted.attempts - 1), SLOWEST)
    again = now + datetime.timedelta(seconds=max(wait, outcome.retry_after or 0.0))
    given_up = outcome.fate is Fate.REFUSED or now - wanted.since >= GIVES_UP
    state = "told" if outcome.fate is Fate.ACCEPTED else "failed" if given_up else "waiting"
    named = {"connection": wanted.connection_id, "kind": wanted.kind, "hash": wanted.hash}
    session.execute(_END, named | {"state": state, "reason": outcome.reason, "due": again if state == "waiting" else None})


def counts(session: Session, connection_id: uuid.UUID) -> dict[str, int]:
    """How many of this connection's are in which state."""
    rows = session.execute(_COUNTS, {"connection": connection_id})
    return {row.state: row.n for row in rows}
