"""What does a call for a validation or a redemption mean? Its order and customer are found; a redemption adds who is unknown."""

from typing import Any

from sqlalchemy.orm import Session

from domain.incentives.redemptions import holds
from domain.incentives.redemptions.asked import HoldAsked, NamedRedeemable, RedemptionAsked
from domain.kernel.errors import Refused
from domain.shop.orders.wanted import OrderWanted
from domain.tables.customers import Customer
from domain.workspace.api_keys.authorize import Caller
from webapp.api import named
from webapp.api.door.errors import Refusal, wrong
from webapp.api.orders import given as orders
from webapp.api.validations.models import RedemptionGiven, SessionGiven

NOBODY: dict[str, Any] = {"customer": None, "referrer": None, "referrer_id": None}


def asked(session: Session, caller: Caller, given: RedemptionGiven, *, adds: bool) -> tuple[RedemptionAsked, Customer | None]:
    """The call, and its customer. `adds`: who is not known yet is added, where the key may. Raises Refusal."""
    named_here = _named(given)
    who = customer_of(session, caller, given, adds=adds)
    return (
        RedemptionAsked(
            redeemables=named_here,
            customer_id=who.id if who else None,
            order=order_of(session, caller, given, adds=adds),
            hold=_hold(given.session),
            metadata=given.metadata or {},
            tracking_id=given.tracking_id or (who.source_id if who else None),
            key_id=caller.id,
            campaigns=caller.campaigns,
        ),
        who,
    )


def _named(given: RedemptionGiven) -> list[NamedRedeemable]:
    if not given.redeemables:
        raise wrong("invalid_payload", "redeemables is missing: name a voucher or a promotion tier.")
    if any(not one.id for one in given.redeemables):
        raise wrong("invalid_payload", "redeemables.id is missing: the code, or the id of the promotion tier.")
    found = [NamedRedeemable(one.object, one.id or "") for one in given.redeemables]
    if len({(one.noun, one.id.casefold()) for one in found}) < len(found):
        raise wrong("duplicated_redeemables", "Duplicated redeemables detected in one redemption: name each once.")
    return found


def customer_of(session: Session, caller: Caller, given: RedemptionGiven, *, adds: bool) -> Customer | None:
    """Whom the call names, beside the order or in it. Raises Refusal."""
    who = given.customer if orders.says(given.customer) else given.order.customer if given.order else None
    if not orders.says(who):
        return None
    return named.customer_or_new(session, who, caller) if adds else named.customer(session, who)


def order_of(session: Session, caller: Caller, given: RedemptionGiven, *, adds: bool) -> OrderWanted | None:
    """The order that the call names. Raises Refusal."""
    if given.order is None:
        return None
    stored = orders.found(session, given.order.id) if given.order.id else None
    said = given.order if adds else given.order.model_copy(update=NOBODY)
    return orders.wanted(session, caller, said, stored)


def _hold(given: SessionGiven | None) -> HoldAsked | None:
    if given is None or not given.key:
        return None
    seconds = holds.USUAL if given.ttl is None else given.ttl * holds.UNITS[given.ttl_unit]
    return HoldAsked(given.key, min(seconds, holds.LONGEST))


def refusal(why: Refused) -> Refusal:
    """What is wrong with the order, or with what is named, as a caller reads it."""
    return wrong("invalid_order", "; ".join(f"{field} {words}" if field else words for field, words in why.mistakes.items()))
