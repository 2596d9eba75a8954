"""Can these be redeemed? POST /v1/validations."""

from typing import Any, Literal

from domain.incentives.redemptions.redeem import validate
from domain.kernel.base import Prefix, new_id, outside
from domain.kernel.errors import Refused
from webapp.api.fields import ApiAnswer
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.report import BODY_LIMIT
from webapp.api.shapes.redeemable import STACKING, PricedOrder, RedeemableShape, StackingRules, priced, redeemable
from webapp.api.validations.asked import asked, refusal
from webapp.api.validations.models import RedemptionGiven
from webapp.database import db


class SessionShape(ApiAnswer):
    """The basket for which uses are kept."""

    key: str
    type: Literal["LOCK"]
    ttl: float
    ttl_unit: Literal["SECONDS"]


class ValidationShape(ApiAnswer):
    """Whether all of them can be redeemed together, each with its answer, and the order as it would be paid."""

    id: str
    valid: bool
    redeemables: list[RedeemableShape]
    order: PricedOrder | None = None
    tracking_id: str | None = None
    session: SessionShape | None = None
    stacking_rules: StackingRules


@operation("POST", "/v1/validations", verb="shop", query=Nothing, body=RedemptionGiven, answers=ValidationShape, body_limit=BODY_LIMIT)
def validate_redeemables(call: ApiCall[Nothing, RedemptionGiven]) -> ValidationShape:
    """Whether codes and promotions can be redeemed together, and what they would take off. A `session` keeps a use of each for a basket."""
    session = db.session()
    wanted, who = asked(session, call.caller, call.body, adds=False)
    try:
        seen = validate(session, wanted)
    except Refused as why:
        raise refusal(why) from why
    session.commit()
    customer = outside(Prefix.CUSTOMER, who.id) if who else None
    metadata = dict(wanted.order.metadata or {}) if wanted.order else {}
    told: dict[str, Any] = {"order": priced(seen.cart, seen.rows, metadata, customer)} if seen.cart and seen.valid else {}
    if seen.held_until and wanted.hold:
        told["session"] = SessionShape(key=wanted.hold.key, type="LOCK", ttl=wanted.hold.seconds, ttl_unit="SECONDS")
    return ValidationShape(
        id=f"valid_{new_id().hex}",
        valid=seen.valid,
        redeemables=[redeemable(one, seen.rows, metadata, customer) for one in seen.judged],
        tracking_id=wanted.tracking_id,
        stacking_rules=STACKING,
        **told,
    )
