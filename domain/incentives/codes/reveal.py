"""Who may read a code? Whoever may not sees its end only; whoever may leaves a line in the audit trail when they look."""

from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Campaign, Voucher


def masked(code: str) -> str:
    """`RYE-7KQM-4T2X` -> `••••4T2X`: enough to tell codes apart, too little to use one."""
    shown = min(4, len(code) // 3)
    return "••••" + (code[-shown:] if shown else "")


def reveal(session: Session, actor: Actor, campaign: Campaign, voucher: Voucher) -> str:
    """The whole code; that it was looked at is written down."""
    audit.record(session, actor, "reveal code", outside(Prefix.VOUCHER, voucher.id), f"{campaign.name} {masked(voucher.code)}")
    return voucher.code
