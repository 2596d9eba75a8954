"""Who of the audience would get nothing, and why? The same expressions that decide at the moment of sending, asked now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.distributions.audience import exclusions
from domain.distributions.audience.address import CustomerAddress, address_of
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels
from domain.distributions.plan.make_plan import as_plan
from domain.distributions.plan.plan import Channel, Plan
from domain.kernel import clock

PATIENCE = "1500ms"
"""Counting stops then, and the page says that it is still counted when it is sent."""


@dataclass(frozen=True)
class LeftOut:
    """How many of the audience get it, and how many do not, by reason."""

    reached: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        """All who are left out."""
        return sum(n for _, n in self.reasons)


_AUDIENCE = {
    "segment": "SELECT c.* FROM segment_members m JOIN customers c ON c.id = m.customer_id WHERE m.segment_id = :segment",
    "customer": "SELECT c.* FROM customers c WHERE c.id = :customer",
}


REACHED = "reached"
"""In place of a reason: those who get it."""


def count(session: Session, spec: Spec, patience: str = PATIENCE) -> LeftOut | None:
    """The audience by reason. None where nobody is chosen, or counting takes longer than `patience`."""
    asked = _asked(session, spec)
    if asked is None:
        return None
    sql, bound = asked
    try:
        with session.begin_nested():
            session.execute(text(f"SET LOCAL statement_timeout = '{patience}'"))
            rows = session.execute(
                text(f"SELECT why, count(*) FROM ({sql}) AS every GROUP BY why ORDER BY count(*) DESC, why"), bound
            ).all()
            session.execute(text("SET LOCAL statement_timeout = 0"))
    except OperationalError:
        return None
    return LeftOut(sum(n for why, n in rows if why is None), tuple((why, n) for why, n in rows if why is not None))


def people(session: Session, spec: Spec, reason: str, after: uuid.UUID | None = None, limit: int = 50) -> Sequence[Any]:
    """The customers left out for this reason, or those REACHED (`id, name, email, phone`), in pages that start after the last one seen."""
    asked = _asked(session, spec)
    if asked is None:
        return []
    sql, bound = asked
    which = "coalesce(why, :reached) = :why AND id > :after"
    page = text(f"SELECT id, name, email, phone FROM ({sql}) AS every WHERE {which} ORDER BY id LIMIT :limit")
    return session.execute(page, bound | {"why": reason, "reached": REACHED, "after": after or uuid.UUID(int=0), "limit": limit}).all()


def _asked(session: Session, spec: Spec) -> tuple[str, dict[str, Any]] | None:
    """SQL for every customer of the audience with the first reason against them, and what it binds."""
    if spec.addressed is None:
        return None
    plan = as_plan(spec, map(_channel, spec.channels))
    ways = [(_channel(c), address_of(*found)) for c in spec.channels if not isinstance(found := check_channels.mode_of(session, c), str)]
    whole = exclusions.first_reason_sql(exclusions.recipient_tests(plan, recipient=False))
    why = f"coalesce({whole}, {_of_channels(plan, ways)})"
    sql = f"SELECT c.id, c.name, c.email, c.phone, {why} AS why FROM ({_AUDIENCE[spec.addressed.noun]}) AS c"
    bound = exclusions.values(plan, clock.now(session)) | {"segment": spec.to_segment, "customer": spec.to_customer}
    return sql, {name: value for name, value in bound.items() if f":{name}" in sql}


def _of_channels(plan: Plan, ways: list[tuple[Channel, CustomerAddress]]) -> str:
    """The first channel's reason where no channel reaches somebody; NULL where one does, or there is none to ask yet."""
    cases = [exclusions.first_reason_sql(exclusions.channel_tests(plan, channel, who)) for channel, who in ways]
    if not cases:
        return "CAST(NULL AS text)"
    every = " AND ".join(f"({case}) IS NOT NULL" for case in cases)
    return f"CASE WHEN {every} THEN ({cases[0]}) END"


def _channel(channel: ChannelSpec) -> Channel:
    return Channel(channel.key, channel.connection_id, channel.mode, {}, channel.permission_id)
