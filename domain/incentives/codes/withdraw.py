"""Take a code out of the pool for ever, only one that nobody has; or switch any code off, and on again."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign, Voucher

_VOID = text("""
    WITH gone AS (
        UPDATE vouchers SET state = 'void', is_free = false, void_reason = :reason WHERE id = :voucher AND is_free RETURNING campaign_id),
    counted AS (INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT campaign_id, state, delta FROM gone, (VALUES ('free', -1), ('void', 1)) AS change (state, delta))
    SELECT count(*) FROM gone
""")
_WHOSE = {
    "reserved": "This code is just being sent to somebody, so it cannot be withdrawn.",
    "assigned": "This code was given to a customer: from then on it is theirs. Switch the campaign off to stop its codes.",
    "void": "This code is withdrawn already.",
}


def withdraw(session: Session, actor: Actor, voucher: Voucher, reason: str) -> None:
    """Make a free code void. Raises Refused where somebody has it."""
    values = {"voucher": voucher.id, "reason": " ".join(reason.split())[:200] or "withdrawn"}
    if not session.execute(_VOID, values).scalar_one():
        session.refresh(voucher)
        raise Refused({"": _WHOSE[voucher.state]})
    session.refresh(voucher)
    audit.record(
        session,
        actor,
        "withdraw code",
        outside(Prefix.VOUCHER, voucher.id),
        after={"reason": voucher.void_reason, "campaign": str(voucher.campaign_id)},
    )


def switch(session: Session, actor: Actor, campaign: Campaign, voucher: Voucher, on: bool) -> None:
    """Switch it. The code itself is no part of the audit trail."""
    session.refresh(voucher, with_for_update={"key_share": True})
    if voucher.disabled == on:
        voucher.disabled = not on
        audit.record(session, actor, f"switch code {'on' if on else 'off'}", outside(Prefix.VOUCHER, voucher.id), campaign.name)
        session.flush()
