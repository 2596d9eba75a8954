"""What could a customer redeem now? POST /v1/qualifications: the codes they hold and the promotions that hold for them."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.redemptions.asked import NamedRedeemable, RedemptionAsked
from domain.incentives.redemptions.redeem import validate
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Tier, Voucher
from webapp.api.fields import ApiAnswer, ApiInput, Metadata, Whole, Word
from webapp.api.named import CustomerGiven
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.models import OrderGiven
from webapp.api.orders.report import BODY_LIMIT
from webapp.api.promotions.tiers import available, visible
from webapp.api.shapes.redeemable import STACKING, PricedOrder, RedeemableShape, StackingRules, redeemable
from webapp.api.shapes.voucher import moment
from webapp.api.validations.asked import customer_of, order_of, refusal
from webapp.api.validations.models import RedemptionGiven
from webapp.database import db

LOOKED_AT = 200
"""Codes and promotions that are looked at, so that a page can be filled."""
WALLET = {"CUSTOMER_WALLET"}
EVERYTHING = Literal[
    "ALL", "CUSTOMER_WALLET", "AUDIENCE_ONLY", "PRODUCTS", "PRODUCTS_DISCOUNT", "PROMOTION_STACKS", "PRODUCTS_BY_CUSTOMER",
    "PRODUCTS_DISCOUNT_BY_CUSTOMER",
]  # fmt: skip


class QualificationOptions(ApiInput):
    """How many, and in which order: the best first, the smallest first, or as they were made."""

    limit: Annotated[Whole, Field(ge=1, le=50)] = 5
    sorting_rule: Literal["BEST_DEAL", "LEAST_DEAL", "DEFAULT"] = "DEFAULT"


class QualificationGiven(ApiInput):
    """For whom, and for which order."""

    customer: CustomerGiven | None = None
    order: OrderGiven | None = None
    tracking_id: Word = None
    scenario: EVERYTHING = "ALL"
    options: QualificationOptions | None = None
    metadata: Metadata | None = None


class QualifiedShape(RedeemableShape):
    """A code or promotion that can be redeemed."""

    created_at: str | None = None
    name: str | None = None
    banner: str | None = None


class QualifiedList(ApiAnswer):
    """What can be redeemed."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[QualifiedShape]
    total: int
    has_more: bool


class QualificationShape(ApiAnswer):
    """The answer."""

    redeemables: QualifiedList
    tracking_id: str | None = None
    order: PricedOrder | None = None
    stacking_rules: StackingRules


@operation(
    "POST", "/v1/qualifications", verb="shop", query=Nothing, body=QualificationGiven, answers=QualificationShape, body_limit=BODY_LIMIT
)
def check_eligibility(call: ApiCall[Nothing, QualificationGiven]) -> QualificationShape:
    """What the customer could redeem on this order now: codes they hold, and promotions. Each is asked alone, as a validation would."""
    session, options = db.session(), call.body.options or QualificationOptions()
    given = RedemptionGiven(customer=call.body.customer, order=call.body.order)
    who, order = customer_of(session, call.caller, given, adds=False), order_of(session, call.caller, given, adds=False)
    found: list[tuple[int, QualifiedShape]] = []
    for named, more in _candidates(session, call, who):
        try:
            asked = RedemptionAsked([named], who.id if who else None, order, campaigns=call.caller.campaigns)
            seen = validate(session, asked)
        except Refused as why:
            raise refusal(why) from why
        if seen.valid:
            (one,) = seen.judged
            shape = redeemable(one, seen.rows, {}, outside(Prefix.CUSTOMER, who.id) if who else None)
            found.append((one.taken.whole if one.taken else 0, QualifiedShape(**(shape.model_dump(exclude_unset=True) | more))))
    if options.sorting_rule != "DEFAULT":
        found.sort(key=lambda pair: pair[0], reverse=options.sorting_rule == "BEST_DEAL")
    data = [shape for _, shape in found][: options.limit]
    listed = QualifiedList(object="list", data_ref="data", data=data, total=len(data), has_more=len(found) > options.limit)
    tracking = call.body.tracking_id or (who.source_id if who else None)
    return QualificationShape(redeemables=listed, tracking_id=tracking, stacking_rules=STACKING)


def _candidates(
    session: Session, call: ApiCall[Nothing, QualificationGiven], who: Customer | None
) -> Iterable[tuple[NamedRedeemable, dict[str, Any]]]:
    """Promotions that hold now, and codes that the customer holds."""
    if call.body.scenario not in WALLET:
        open_now = visible(call.caller).where(available(call.caller)).order_by(Tier.campaign_id, Tier.position)
        for tier, _ in session.execute(open_now.limit(LOOKED_AT)):
            more = {"created_at": moment(tier.created_at), "name": tier.name, "banner": tier.banner}
            yield NamedRedeemable("promotion_tier", outside(Prefix.TIER, tier.id)), more
    held = select(Voucher).join(Campaign, Campaign.id == Voucher.campaign_id).where(Campaign.active)
    if call.caller.campaigns:
        held = held.where(Voucher.campaign_id.in_(call.caller.campaigns))
    if who is None:
        return
    query = held.where(Voucher.customer_id == who.id, Voucher.state == "assigned").order_by(Voucher.assigned_at.desc(), Voucher.id.desc())
    for voucher in session.scalars(query.limit(LOOKED_AT)):
        yield NamedRedeemable("voucher", voucher.code), {"created_at": moment(voucher.created_at)}
