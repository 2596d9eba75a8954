"""How do recipients end that will not be served? Skipped with one reason on every channel, and their codes freed."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.distributions.plan.plan import Channel
from domain.sending.states import moves
from domain.sending.states.settle_recipients import settle

_CHILDREN = text("SELECT id FROM deliveries WHERE recipient_id = ANY(:ids)")


def leave_out(
    session: Session, channels: Sequence[Channel], fresh: Sequence[uuid.UUID], prepared: Sequence[uuid.UUID], reason: str
) -> None:
    """Skip these waiting recipients of one version: those never prepared, and those that were and have deliveries already."""
    moves.recipients(session, fresh, "skipped", sources=("pending",), reason=reason)
    moves.skip_unmade(session, fresh, reason, [c.key for c in channels], [c.connection_id for c in channels])
    if prepared:
        moves.recipients(session, prepared, "ready", sources=("pending",))
        children = session.scalars(_CHILDREN, {"ids": list(prepared)}).all()
        moves.deliveries(session, children, "skipped", sources=("pending",), reason=reason)
        settle(session, prepared)
