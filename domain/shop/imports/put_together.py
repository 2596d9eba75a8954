"""Which order do the lines with one number make? And whose is it?"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from domain.customers.identify import keys
from domain.customers.identify.keys import CustomerKeys
from domain.customers.profiles import create, customer_input
from domain.kernel.actor import Actor
from domain.kernel.text import dates
from domain.shop.orders.wanted import MOST_ITEMS, OrderWanted
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.tables.customers import Customer

Line = Mapping[str, Any]
_FACTS = {"customer": "source_id", "email": "email", "phone": "phone"}


def order(lines: Sequence[Line], customer: Customer, without_status: str) -> OrderWanted:
    """The order. One whose quantities are all below 0 was taken back: it is canceled, and its quantities count as positive.

    Raises ValueError in words where the lines make no order.
    """
    back = [line.get("quantity", 1) < 0 for line in lines]
    if any(back) and not all(back):
        raise ValueError("Some quantities of this order are below 0 and some are not. Give what was taken back an order of its own.")
    if len(lines) > MOST_ITEMS:
        raise ValueError(f"The order has {len(lines)} lines; at most {MOST_ITEMS} are kept.")
    first = lines[0]
    said = next((line["status"] for line in lines if line.get("status")), without_status)
    return OrderWanted(
        source_id=first["order"],
        status="canceled" if all(back) else said,
        customer_id=customer.id,
        discount_amount=next((line["order_discount"] for line in lines if "order_discount" in line), None),
        items=tuple(_item(line) for line in lines if _names_item(line)) or None,
        placed_at=min(dates.moment(line["placed"]) for line in lines),
    )


def _names_item(line: Line) -> bool:
    return any(line.get(name) is not None for name in ("product", "product_name", "price"))


def _item(line: Line) -> ItemWanted:
    key, name = line.get("product", ""), line.get("product_name", "")
    product = ThingWanted(source_id=key, name=name) if key or name else None
    return ItemWanted(
        product=product,
        related_object="product" if key else "",
        source_id=key,
        quantity=abs(line.get("quantity", 1)),
        price=line.get("price"),
    )


def customer(session: Session, actor: Actor, line: Line) -> Customer:
    """Whose it is, by the first key that fits; an unknown one is added in silence. Raises AmbiguousCustomer, Refused."""
    typed = {fact: line[name] for name, fact in _FACTS.items() if line.get(name)}
    wanted = CustomerKeys(
        keys.id_of(line["customer"]) if line.get("customer", "").startswith("cust_") else None,
        typed.get("source_id", ""),
        keys.email_key(typed.get("email", "")),
        typed.get("phone", ""),
    )
    return create.identify(session, actor, wanted, lambda: customer_input.read(session, typed), how="import of orders", silent=True)
