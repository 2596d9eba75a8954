"""Which codes of a campaign fit what somebody looks for? Codes are read oldest first: those that were given stand at the front."""

import uuid
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from domain.kernel.base import folded
from domain.kernel.text.folding import begins, fold
from domain.tables.customers import Customer
from domain.tables.incentives import Voucher

MOST_HOLDERS = 200


@dataclass(frozen=True)
class CodeFilter:
    """What is asked of the codes of a pool; what is empty is not asked."""

    text: str = ""
    """The beginning of a code, or of its holder's name or e-mail address."""
    state: str = ""
    by_code: bool = True
    """Whether codes are asked, too: whoever may not see them could find one letter by letter."""


def codes(session: Session, campaign_id: uuid.UUID, asked: CodeFilter) -> Select[Voucher, Customer]:
    """Codes of this pool that fit, with their holders."""
    query = select(Voucher, Customer).outerjoin(Customer, Customer.id == Voucher.customer_id).where(Voucher.campaign_id == campaign_id)
    state = _state(asked.state)
    if state is not None:
        query = query.where(state)
    if words := asked.text.strip():
        held = Voucher.customer_id.in_(_holders(session, words))
        query = query.where(or_(begins(Voucher.code_key, fold(words)), held) if asked.by_code else held)
    return query


def _state(word: str) -> ColumnElement[bool] | None:
    match word:
        case "free":
            return Voucher.is_free.is_(True)
        case "reserved":
            return Voucher.state == "reserved"
        case "given":
            return Voucher.state == "assigned"
        case "used":
            return Voucher.redeemed > 0
        case "void":
            return Voucher.void_reason != ""
        case _:
            return None


def _holders(session: Session, words: str) -> list[uuid.UUID]:
    key = folded(words)
    found = or_(begins(Customer.name_key, key), begins(Customer.email_key, key), Customer.source_id == words)
    return list(session.scalars(select(Customer.id).where(found, Customer.erased_at.is_(None)).limit(MOST_HOLDERS)))
