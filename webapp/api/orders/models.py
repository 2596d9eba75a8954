"""What is sent where an order is reported?"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from domain.shop.orders.wanted import MOST_ITEMS, MOST_MONEY
from webapp.api.fields import ApiInput, Flag, Metadata, Number, Whole, Word
from webapp.api.named import CustomerGiven

MOST_PRICE = 10**12
MOST_QUANTITY = 1_000_000


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _upper(value: Any) -> Any:
    return _none_if_empty(value.upper() if isinstance(value, str) else value)


def many(value: Any) -> Any:
    """One alone may stand without brackets."""
    return [value] if isinstance(value, dict) else value


Money = Annotated[Annotated[Whole, Field(ge=0, le=MOST_MONEY)] | None, BeforeValidator(_none_if_empty)]
Price = Annotated[Annotated[Whole, Field(ge=0, le=MOST_PRICE)] | None, BeforeValidator(_none_if_empty)]
Quantity = Annotated[Annotated[Whole, Field(ge=0, le=MOST_QUANTITY)] | None, BeforeValidator(_none_if_empty)]
StatusGiven = Annotated[Literal["CREATED", "PAID", "PROCESSING", "CANCELED", "FULFILLED"] | None, BeforeValidator(_upper)]


class ItemProduct(ApiInput):
    """The product of an item. `override` keeps what is said here with the product, which is made where there is none."""

    id: Word = None
    source_id: Word = None
    name: Word = None
    price: Number = None
    metadata: Metadata | None = None
    override: Flag = None


class ItemSku(ApiInput):
    """The SKU of an item; `override` as with products."""

    id: Word = None
    source_id: Word = None
    sku: Word = None
    price: Number = None
    metadata: Metadata | None = None
    override: Flag = None


class ItemGiven(ApiInput):
    """A line of an order; money in minor units."""

    product_id: Word = None
    sku_id: Word = None
    related_object: Annotated[Literal["product", "sku"] | None, BeforeValidator(_none_if_empty)] = None
    source_id: Word = None
    quantity: Quantity = None
    initial_quantity: Quantity = None
    discount_quantity: Quantity = None
    price: Price = None
    amount: Money = None
    initial_amount: Money = None
    discount_amount: Money = None
    product: ItemProduct | None = None
    sku: ItemSku | None = None
    metadata: Metadata | None = None


class OrderGiven(ApiInput):
    """An order as it is reported: what is left out stays as it is."""

    id: Word = None
    source_id: Word = None
    status: StatusGiven = None
    customer: CustomerGiven | None = None
    referrer: CustomerGiven | None = None
    referrer_id: Word = None
    amount: Money = None
    initial_amount: Money = None
    discount_amount: Money = None
    items: Annotated[list[ItemGiven] | None, Field(max_length=MOST_ITEMS), BeforeValidator(many)] = None
    metadata: Metadata | None = None
    created_at: Word = None
