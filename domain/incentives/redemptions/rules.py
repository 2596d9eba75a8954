"""Do the rules hold that are assigned to a code, a promotion or their campaign? Asked with what is known of customer, order and budgets."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.conditions import EvaluationTime
from domain.customers.facts.values import values as of_customer
from domain.incentives.pricing.cart import Cart
from domain.incentives.redemptions.asked import FoundRedeemable, RedemptionAsked, WhyNot
from domain.incentives.redemptions.basket import Basket
from domain.incentives.rules import facts
from domain.incentives.rules.failing import RuleNo, failing
from domain.kernel import clock
from domain.kernel.text import money
from domain.tables.redemptions import Redemption, Rule, RuleAssignment
from domain.tables.workspace import current_project

KEYS = {
    "customer": ("customer_rules_violated", "customer rules violated"),
    "order": ("order_rules_violated", "order rules violated"),
    "redemption": ("redemption_rules_violated", "redemption rules violated"),
}
"""What a rule is about -> Voucherify's word, and its message."""


def of(session: Session, redeemables: Iterable[FoundRedeemable]) -> dict[uuid.UUID, list[Rule]]:
    """Id of a code, promotion or campaign -> its rules."""
    query = select(RuleAssignment.object_id, Rule).join(Rule, Rule.id == RuleAssignment.rule_id)
    found: dict[uuid.UUID, list[Rule]] = {}
    for object_id, rule in session.execute(query.where(RuleAssignment.object_id.in_(_ids(redeemables))).order_by(RuleAssignment.id)):
        found.setdefault(object_id, []).append(rule)
    return found


def lock(session: Session, redeemables: Iterable[FoundRedeemable]) -> None:
    """Rules that count let one redemption in at a time, so that a budget is a budget."""
    mine = select(RuleAssignment.rule_id).where(RuleAssignment.object_id.in_(_ids(redeemables)))
    query = select(Rule.id).where(Rule.id.in_(mine), Rule.counts).order_by(Rule.id)
    session.scalars(query.with_for_update(key_share=True)).all()


def _ids(redeemables: Iterable[FoundRedeemable]) -> set[uuid.UUID]:
    return {id for one in redeemables if one.campaign for id in (one.object_id, one.campaign.id) if id}


def first_no(
    session: Session, asked: RedemptionAsked, one: FoundRedeemable, rules: Sequence[Rule], basket: Basket | None, cart: Cart | None
) -> WhyNot | None:
    """The first rule that does not hold, and why."""
    if not rules:
        return None
    values = seen(session, asked, one, basket, cart)
    moment = EvaluationTime(clock.now(session), ZoneInfo(current_project(session).zone or "UTC"))
    for rule in rules:
        if no := failing(rule, values, facts.known(session, rule.condition), moment):
            return _why(no)
    return None


def _why(no: RuleNo) -> WhyNot:
    key, message = KEYS[no.about]
    return WhyNot(key, message, f"{no.rule.name}: {no.words}", told=no.message or no.words)


def seen(session: Session, asked: RedemptionAsked, one: FoundRedeemable, basket: Basket | None, cart: Cart | None) -> Mapping[str, Any]:
    """Every fact that a rule can ask, as it is now; what nobody said is missing."""
    known = of_customer(session, asked.customer_id) if asked.customer_id else {}
    return {**known, **_order(session, basket, cart), **_redemptions(session, asked, one), **_said(asked, basket)}


def _order(session: Session, basket: Basket | None, cart: Cart | None) -> dict[str, Any]:
    if basket is None or cart is None:
        return {}
    places = money.places(current_project(session).currency)
    prices = [line.price for line in cart.lines if line.price is not None]
    told = {
        "order.amount": Decimal(cart.amount).scaleb(-places),
        "order.total": Decimal(cart.total).scaleb(-places),
        "order.items": sum(line.quantity for line in cart.lines),
        "order.lines": len(cart.lines),
        "order.product": {str(row.product_id): {"contains"} for row in basket.rows if row.product_id},
    }
    if prices:
        told |= {"order.dearest": Decimal(max(prices)).scaleb(-places), "order.cheapest": Decimal(min(prices)).scaleb(-places)}
    return told


def _said(asked: RedemptionAsked, basket: Basket | None) -> dict[str, Any]:
    stored = basket.order.details if basket and basket.order else {}
    order = {**stored, **(basket.wanted.metadata or {})} if basket else {}
    told = {f"order.metadata.{key}": value for key, value in order.items()}
    return told | {f"redemption.metadata.{key}": value for key, value in asked.metadata.items()}


def _redemptions(session: Session, asked: RedemptionAsked, one: FoundRedeemable) -> dict[str, Any]:
    """What was redeemed so far, without what was rolled back; this redemption is not counted yet."""
    campaign, _ = one.promised
    moment = EvaluationTime(clock.now(session), ZoneInfo(current_project(session).zone or "UTC"))
    mine = Redemption.customer_id == asked.customer_id if asked.customer_id else Redemption.customer_id.is_(None)
    count = func.count()
    row = session.execute(
        select(
            count.filter(Redemption.voucher_id == one.voucher.id if one.voucher else Redemption.tier_id == one.object_id),
            count.filter(mine),
            count,
            count.filter(Redemption.at >= moment.start_of(moment.today)),
            func.coalesce(func.sum(Redemption.discount_minor), 0),
            func.coalesce(func.sum(Redemption.minor), 0),
        ).where(Redemption.campaign_id == campaign.id, Redemption.result == "succeeded", Redemption.rolled_back_at.is_(None))
    ).one()
    places = money.places(campaign.currency)
    told = {
        "redemption.of_code": row[0],
        "redemption.by_customer": row[1] if asked.customer_id else 0,
        "redemption.of_campaign": row[2],
        "redemption.today": row[3],
        "budget.discounts": Decimal(row[4]).scaleb(-places),
        "budget.orders": Decimal(row[5]).scaleb(-places),
    }
    if one.voucher is not None and one.voucher.customer_id is not None:
        told["redemption.by_holder"] = one.voucher.customer_id == asked.customer_id
    return told
