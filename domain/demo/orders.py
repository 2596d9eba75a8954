"""What was ordered in the bakery lately, and which event of its own may be reported? Of what was before only customers know."""

import datetime
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from domain.demo import names
from domain.demo.customers import DemoCustomers
from domain.kernel.actor import SYSTEM
from domain.shop.custom_events import schemas
from domain.shop.custom_events.schemas import EventField
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products import keep
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.tables.shop import Product

AT_ONCE = 1_000
SINCE = datetime.timedelta(days=60)


def ordered(session: Session, crowd: DemoCustomers) -> None:
    """Products, the orders of the last weeks as history, and an event that can be waited for."""
    dice = Random(4711)  # noqa: S311 - nothing secret is drawn
    products = [
        keep.keep(
            session, SYSTEM, None, Product(), {"source_id": f"P-{n}", "name": name.capitalize(), "price": dice.randrange(180, 900, 10)}
        )
        for n, name in enumerate(names.FAVOURITES, 100)
    ]
    numbered = enumerate(_orders(crowd, products, dice), 10_000)
    orders = (OrderWanted(source_id=f"A-{number}", status="paid", **order) for number, order in numbered)
    while some := list(islice(orders, AT_ONCE)):
        record(session, SYSTEM, some, react=False)
    schemas.create(session, SYSTEM, "cart_left", [EventField("product", required=True), EventField("amount", "number")])


def _orders(crowd: DemoCustomers, products: list[Product], dice: Random) -> Iterator[dict[str, Any]]:
    for customer in crowd.customers:
        at = _last(customer, crowd.now)
        for _ in range(customer["details"].get("orders", 0)):
            if at < crowd.now - SINCE:
                break
            wanted = tuple(_item(dice.choice(products), dice) for _ in range(dice.choice((1, 1, 2))))
            yield {"customer_id": customer["id"], "placed_at": max(at, customer["created_at"]), "items": wanted}
            at -= datetime.timedelta(days=dice.randint(9, 40), minutes=dice.randint(0, 600))


def _last(customer: dict[str, Any], now: datetime.datetime) -> datetime.datetime:
    day = customer["details"].get("last_order")
    if not day:
        return now
    return min(now, datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(9, 30), datetime.UTC))


def _item(product: Product, dice: Random) -> ItemWanted:
    return ItemWanted(product=ThingWanted(id=product.id), quantity=dice.randint(1, 3))
