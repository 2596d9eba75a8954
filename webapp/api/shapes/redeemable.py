"""What do answers about codes and promotions look like before they are redeemed: whether each applies, and to which order?"""

from collections.abc import Sequence
from typing import Any, Literal

from domain.incentives import discount
from domain.incentives.pricing.cart import Cart, Line
from domain.incentives.pricing.take_off import TakenOff
from domain.incentives.redemptions.asked import MOST, Judged, WhyNot
from domain.kernel.base import Prefix, outside
from domain.tables.shop import OrderItem
from webapp import security
from webapp.api.fields import ApiAnswer
from webapp.api.shapes.voucher import Discount

Noun = Literal["voucher", "promotion_tier"]


class Problem(ApiAnswer):
    """What a customer may be told."""

    message: str


class WhyNotShape(ApiAnswer):
    """Why something cannot be redeemed."""

    code: int
    key: str
    message: str
    details: str
    request_id: str
    resource_id: str
    resource_type: Noun
    error: Problem | None = None


class WhyNotShort(ApiAnswer):
    """The same in short."""

    key: str
    message: str


class RedeemableResult(ApiAnswer):
    """What is taken off, or why nothing is."""

    discount: Discount | None = None
    error: WhyNotShape | None = None
    details: WhyNotShort | None = None


class NoList(ApiAnswer):
    """A list of items that a discount is bound to; it holds for the order as a whole."""

    data: list[dict[str, Any]]
    total: int
    data_ref: Literal["data"]
    object: Literal["list"]


class PricedItem(ApiAnswer):
    """A line of an order as it would be paid."""

    object: Literal["order_item"]
    source_id: str | None = None
    related_object: Literal["product", "sku"] | None = None
    product_id: str | None = None
    sku_id: str | None = None
    quantity: int
    initial_quantity: int | None = None
    discount_quantity: int | None = None
    price: int | None = None
    amount: int | None = None
    discount_amount: int
    applied_discount_amount: int | None = None
    subtotal_amount: int | None = None


class PricedOrder(ApiAnswer):
    """An order as it would be paid; what is applied is what this one takes off."""

    amount: int
    initial_amount: int
    discount_amount: int
    items_discount_amount: int
    total_discount_amount: int
    total_amount: int
    applied_discount_amount: int
    items_applied_discount_amount: int
    total_applied_discount_amount: int
    items: list[PricedItem]
    metadata: dict[str, Any]
    customer_id: str | None
    referrer_id: None
    object: Literal["order"]


class RedeemableShape(ApiAnswer):
    """A code or a promotion with its answer."""

    status: Literal["APPLICABLE", "INAPPLICABLE", "SKIPPED"]
    id: str
    object: Noun
    result: RedeemableResult
    order: PricedOrder | None = None
    applicable_to: NoList | None = None
    inapplicable_to: NoList | None = None
    metadata: dict[str, Any] | None = None
    categories: list[dict[str, Any]] | None = None
    campaign_id: str | None = None
    campaign_name: str | None = None


class StackingRules(ApiAnswer):
    """How several work together: in the order in which they are named, all or none."""

    redeemables_limit: int
    applicable_redeemables_limit: int
    applicable_redeemables_per_category_limit: int
    applicable_redeemables_category_limits: dict[str, int]
    applicable_exclusive_redeemables_limit: int
    exclusive_categories: list[str]
    joint_categories: list[str]
    redeemables_application_mode: Literal["ALL"]
    redeemables_sorting_rule: Literal["REQUESTED_ORDER"]
    redeemables_no_effect_rule: Literal["REDEEM_ANYWAY"]
    redeemables_products_application_mode: Literal["STACK"]
    redeemables_rollback_order_mode: Literal["WITH_ORDER"]


STACKING = StackingRules(
    redeemables_limit=MOST,
    applicable_redeemables_limit=MOST,
    applicable_redeemables_per_category_limit=MOST,
    applicable_redeemables_category_limits={},
    applicable_exclusive_redeemables_limit=MOST,
    exclusive_categories=[],
    joint_categories=[],
    redeemables_application_mode="ALL",
    redeemables_sorting_rule="REQUESTED_ORDER",
    redeemables_no_effect_rule="REDEEM_ANYWAY",
    redeemables_products_application_mode="STACK",
    redeemables_rollback_order_mode="WITH_ORDER",
)


def redeemable(one: Judged, rows: Sequence[OrderItem], metadata: dict[str, Any], customer: str | None) -> RedeemableShape:
    """One of them; `rows` are the items of the order as they were sent."""
    named = one.redeemable.named
    noun: Noun = "voucher" if named.noun == "voucher" else "promotion_tier"
    if not one.asked:
        return RedeemableShape(status="SKIPPED", id=named.id, object=noun, result=RedeemableResult())
    campaign = one.redeemable.campaign
    told: dict[str, Any] = {"metadata": _details(one), "categories": []}
    if campaign is not None:
        told |= {"campaign_id": outside(Prefix.CAMPAIGN, campaign.id), "campaign_name": campaign.name}
    if one.why_not is not None:
        return RedeemableShape(status="INAPPLICABLE", id=named.id, object=noun, result=_no(one.why_not, named.id, noun), **told)
    if one.taken is not None:
        told["order"] = priced(one.taken.after, rows, metadata, customer, one.taken)
    nothing = NoList(data=[], total=0, data_ref="data", object="list")
    return RedeemableShape(
        status="APPLICABLE", id=named.id, object=noun, result=_yes(one), applicable_to=nothing, inapplicable_to=nothing, **told
    )


def _details(one: Judged) -> dict[str, Any]:
    thing, campaign = one.redeemable.tier, one.redeemable.campaign
    return thing.details if thing else campaign.details if campaign else {}


def _yes(one: Judged) -> RedeemableResult:
    shape = discount.api_shape(dict(one.discount) if one.discount else None)
    return RedeemableResult(discount=Discount(**shape)) if shape else RedeemableResult()


def _no(why: WhyNot, id: str, noun: Noun) -> RedeemableResult:
    error = WhyNotShape(
        code=why.code,
        key=why.key,
        message=why.message,
        details=why.details,
        request_id=f"v-{security.reference()}",
        resource_id=id[:200],
        resource_type=noun,
        error=Problem(message=why.told) if why.told else None,
    )
    return RedeemableResult(error=error, details=WhyNotShort(key=why.key, message=why.told or why.message))


def priced(
    cart: Cart, rows: Sequence[OrderItem], metadata: dict[str, Any], customer: str | None, taken: TakenOff | None = None
) -> PricedOrder:
    """The order; `taken` is what the one this is said of took off, else what all did since `cart` was sent."""
    before = taken.before.lines if taken else ()
    return PricedOrder(
        amount=cart.amount,
        initial_amount=cart.amount - sum((line.price or 0) * line.added for line in cart.lines),
        discount_amount=cart.discount,
        items_discount_amount=cart.items_discount,
        total_discount_amount=cart.discount + cart.items_discount,
        total_amount=cart.total,
        applied_discount_amount=taken.order if taken else 0,
        items_applied_discount_amount=taken.items if taken else 0,
        total_applied_discount_amount=taken.whole if taken else 0,
        items=[_item(line, rows, before[n].discount if n < len(before) else 0) for n, line in enumerate(cart.lines)],
        metadata=metadata,
        customer_id=customer,
        referrer_id=None,
        object="order",
    )


def _item(line: Line, rows: Sequence[OrderItem], before: int) -> PricedItem:
    row = rows[line.item] if line.item is not None and line.item < len(rows) else None
    product_id = row.product_id if row else line.thing.product_id if line.thing else None
    sku_id = row.sku_id if row else line.thing.sku_id if line.thing else None
    ids: dict[str, Any] = {
        "product_id": outside(Prefix.PRODUCT, product_id) if product_id else None,
        "sku_id": outside(Prefix.SKU, sku_id) if sku_id else None,
        "source_id": (row.source_id if row else line.thing.source_id or line.thing.name if line.thing else "") or None,
        "related_object": (row.related_object if row else "sku" if sku_id else "product") or None,
        "initial_quantity": line.quantity - line.added if line.added else None,
        "discount_quantity": line.free or None,
    }
    return PricedItem(
        object="order_item",
        quantity=line.quantity,
        price=line.price,
        amount=line.amount,
        discount_amount=line.discount,
        applied_discount_amount=line.discount - before,
        subtotal_amount=None if line.amount is None else line.left,
        **{name: value for name, value in ids.items() if value is not None},
    )
