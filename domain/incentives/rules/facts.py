"""What can a rule ask? Everything about the customer that segments ask, and of the order and its items, redemptions so far, and budgets."""

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from domain.conditions import Condition, Facts, leaves
from domain.conditions.facts import Aspect, Fact, Type
from domain.customers.facts import catalogue
from domain.tables.shop import Product

ORDER, REDEMPTIONS, BUDGET = "Order", "Redemptions", "Budget"
OWN = {"order.metadata.": "Order, own field ", "redemption.metadata.": "Redemption, own field "}
"""How facts begin that programs name themselves."""
COUNTED = ("redemption.of_code", "redemption.by_customer", "redemption.of_campaign", "redemption.today", "budget.")
"""How facts begin that change with every redemption."""
MOST_PRODUCTS = 1_000


def _in_no_sql(id: uuid.UUID) -> ColumnElement[bool]:
    """An order that is not written yet is asked in Python alone."""
    return false()


PLAIN = (
    Fact("order.amount", "Order, before discounts", Type.NUMBER, ORDER),
    Fact("order.total", "Order, to be paid", Type.NUMBER, ORDER),
    Fact("order.items", "Order, number of pieces", Type.NUMBER, ORDER),
    Fact("order.lines", "Order, number of different items", Type.NUMBER, ORDER),
    Fact("order.dearest", "Order, price of its dearest item", Type.NUMBER, ORDER),
    Fact("order.cheapest", "Order, price of its cheapest item", Type.NUMBER, ORDER),
    Fact("redemption.of_code", "Redemptions of this code, number of", Type.NUMBER, REDEMPTIONS),
    Fact("redemption.by_customer", "Redemptions by this customer in this campaign, number of", Type.NUMBER, REDEMPTIONS),
    Fact("redemption.of_campaign", "Redemptions in this campaign, number of", Type.NUMBER, REDEMPTIONS),
    Fact("redemption.today", "Redemptions in this campaign today, number of", Type.NUMBER, REDEMPTIONS),
    Fact("redemption.by_holder", "Redeemed by the holder of the code", Type.BOOLEAN, REDEMPTIONS),
    Fact("budget.discounts", "Discounts given by this campaign, in all", Type.NUMBER, BUDGET),
    Fact("budget.orders", "Orders paid with this campaign, in all", Type.NUMBER, BUDGET),
)


def known(session: Session, condition: Condition | None = None) -> Facts:
    """All facts there are now, with those of the programs' own fields that `condition` names."""
    products = select(Product.id, Product.name, Product.source_id).order_by(Product.name, Product.id).limit(MOST_PRODUCTS)
    named = {str(row.id): row.name or row.source_id or str(row.id) for row in session.execute(products)}
    aspects = (Aspect("contains", "contains", "does not contain", _in_no_sql),)
    contents = Fact("order.product", "Order", Type.RELATION, ORDER, aspects=aspects, choices=named, noun="product")
    return {**catalogue.known(session), **{fact.key: fact for fact in (*PLAIN, contents, *_own(condition))}}


def _own(condition: Condition | None) -> Iterable[Fact]:
    for _, leaf in leaves(condition) if condition else ():
        key = str(leaf.get("fact", ""))
        for begins, label in OWN.items():
            if key.startswith(begins) and len(key) > len(begins):
                yield Fact(key, f"{label}“{key.removeprefix(begins)[:80]}”", _type(leaf.get("value")), ORDER)


def _type(value: Any) -> Type:
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, bool):
        return Type.BOOLEAN
    return Type.NUMBER if isinstance(one, int | float) else Type.TEXT


def counts(condition: Condition) -> bool:
    """Whether it asks for what changes with every redemption."""
    return any(str(leaf.get("fact", "")).startswith(COUNTED) for _, leaf in leaves(condition))


def group(key: str) -> str:
    """What a fact is about, as Voucherify's errors tell it apart: `order`, `redemption` or `customer`."""
    head = key.partition(".")[0]
    return {"order": "order", "redemption": "redemption", "budget": "redemption"}.get(head, "customer")
