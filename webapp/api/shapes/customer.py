"""How do programs write and read a customer? Both shapes are made of the table of facts, so that a new fact is one row there."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import create_model

from domain.conditions.facts import Type
from domain.customers.profiles import as_json
from domain.customers.profiles.fields import FIELDS
from domain.tables.customers import Customer
from webapp.api.fields import ApiAnswer, ApiInput, Flag, Metadata, Number, Word


class CustomerName(ApiInput):
    """Who is meant: an `id` is asked before a `source_id`, that before an e-mail address, and that before a phone number."""

    id: Word = None
    source_id: Word = None
    email: Word = None
    phone: Word = None
    metadata: Metadata | None = None
    """What is known of a new one besides the facts."""


class CustomerShort(ApiAnswer):
    """What the short form of a customer has besides its facts."""

    id: str
    metadata: dict[str, Any]
    object: Literal["customer"]


_TOLD = {Type.BOOLEAN: Flag, Type.NUMBER: Number}
"""How programs write what is no text; dates are texts."""
ANSWERED: dict[Type, Any] = {Type.BOOLEAN: bool | None, Type.NUMBER: int | float | None}


def _with_every_fact() -> type[CustomerName]:
    """`CustomerName` with every name of every fact: whoever is not known yet is described by them."""
    plain: dict[str, Any] = {}
    inside: dict[str, dict[str, Any]] = {}
    for field in FIELDS:
        for name in field.api_names:
            outer, _, inner = name.partition(".")
            (inside.setdefault(outer, {}) if inner else plain)[inner or outer] = (_TOLD.get(field.fact, Word), None)
    for outer, facts in inside.items():
        model = create_model(f"Customer{outer.title()}", __base__=ApiInput, __doc__=f"The {outer} of a customer.", **facts)
        plain[outer] = (model | None, None)
    about = "A customer: who is meant, and, where nobody is, what is known of a new one."
    return create_model("CustomerFacts", __base__=CustomerName, __doc__=about, **plain)


def _short() -> type[CustomerShort]:
    facts: dict[str, Any] = {field.key: (ANSWERED.get(field.fact, str | None), ...) for field in FIELDS if field.in_reference}
    return create_model("CustomerShape", __base__=CustomerShort, __doc__="A customer in short, as it stands inside other things.", **facts)


if TYPE_CHECKING:
    CustomerFacts = CustomerName
    CustomerShape = CustomerShort
else:
    CustomerFacts = _with_every_fact()
    CustomerShape = _short()


def customer(one: Customer) -> CustomerShape:
    """A customer in short."""
    return CustomerShape(**as_json.short(one))
