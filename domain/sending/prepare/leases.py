"""The life of a lease: a worker holds deliveries of one channel, says that it lives, gives them back or closes them."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import array
from domain.sending.states import moves

if TYPE_CHECKING:
    from domain.sending.prepare.recipe import ReadyChannel  # a type only: the clock closes leases and renders nothing

LEASE = datetime.timedelta(seconds=30)
"""How long a worker may be silent before others take its deliveries back; it says every few seconds that it lives."""
_CLAIM = text("""
    INSERT INTO delivery_claims (id, distribution_id, channel, connection_id, lane, state, deliveries, began_at, lease_until, repeat_until)
    VALUES (:id, :distribution, :channel, :connection, :lane, :state, CAST(:deliveries AS uuid[]), :now, :until, :repeat)
""")


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery of a call."""

    id: uuid.UUID
    recipient_id: uuid.UUID
    customer_id: uuid.UUID
    address: str
    slots: Mapping[str, str]
    unsubscribe_url: str = ""
    email: str = ""
    phone: str = ""


@dataclass
class Lease:
    """Deliveries of one channel that this worker holds. `state` is `open` where the call may begin at once."""

    id: uuid.UUID
    way: ReadyChannel
    lane: str
    state: str
    items: list[Item] = field(default_factory=list)


def hold(
    session: Session, id: uuid.UUID, distribution_id: uuid.UUID, way: ReadyChannel, lane: str, state: str, deliveries: Sequence[uuid.UUID]
) -> None:
    """Write the claim down, in the transaction that gives its id to the deliveries."""
    now = clock.now(session)
    safe = way.mode.repeat_safe_for
    repeat = None if safe is None or state != "open" else now + datetime.timedelta(seconds=safe or 10 * 365 * 86400)
    session.execute(
        _CLAIM,
        {
            "id": id, "distribution": distribution_id, "channel": way.key, "connection": way.connection_id, "lane": lane, "state": state,
            "deliveries": array(deliveries), "now": now, "until": now + LEASE, "repeat": repeat,
        },
    )  # fmt: skip


def renew(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """The worker that holds these claims lives."""
    session.execute(
        text("UPDATE delivery_claims SET lease_until = :until WHERE id = ANY(:ids)"),
        {"ids": list(ids), "until": clock.now(session) + LEASE},
    )


def give_back(session: Session, lease: Lease, ids: Sequence[uuid.UUID], due: datetime.datetime | None = None) -> None:
    """These deliveries of the lease are not sent by us now; whoever has time may, from `due` on."""
    moves.deliveries(session, ids, "ready", sources=("leased",), attempt=lease.id, due=due or clock.now(session))


def close(session: Session, id: uuid.UUID) -> None:
    """The claim is over: every delivery of it has gone on."""
    session.execute(text("DELETE FROM delivery_claims WHERE id = :id"), {"id": id})
