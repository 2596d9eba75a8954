"""Which customer is meant, and what is said of them? What is sent of one is kept with who it is about."""

from typing import Any

from sqlalchemy.orm import Session

from domain.customers.identify.match import AmbiguousCustomer
from domain.customers.profiles import as_json, create, customer_input, edit, metadata
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from domain.workspace.api_keys.authorize import Caller
from webapp.api import named
from webapp.api.actors import actor
from webapp.api.door.errors import not_found
from webapp.api.shapes.customer import CustomerFacts


def found(session: Session, text: str) -> Customer:
    """The customer of a path: by our id, the owner's own, or an address only one has. Raises Refusal."""
    one = named.customer(session, text)
    if one is None:
        raise not_found("customer", text)
    return one


def keep(session: Session, caller: Caller, given: CustomerFacts, row: Customer | None = None) -> tuple[Customer, bool]:
    """Write down what is said, and whether the customer is new; `row` is who is meant, where something else says so. Raises Refusal."""
    if row is None and given.id:
        row = found(session, given.id)
    new = False

    def describe() -> customer_input.CustomerInput:
        nonlocal new
        new = True
        return said

    try:
        said = _said(session, given)
        if row is None:
            row = create.identify(session, actor(caller), named.keys_of(session, given), describe, how="API")
        if not new:
            edit.edit(session, actor(caller), row.id, said)
    except AmbiguousCustomer as several:
        raise named.ambiguous(several) from several
    except Refused as why:
        raise named.refused(why) from why
    return row, new


def _said(session: Session, given: CustomerFacts) -> customer_input.CustomerInput:
    """What is said: null takes a fact away, what is left out stays. Raises Refused."""
    sent: dict[str, Any] = given.model_dump(exclude_unset=True)
    facts = customer_input.read(session, as_json.typed(sent))
    return customer_input.CustomerInput(facts.columns, details(session, given.metadata or {}))


def details(session: Session, given: dict[str, Any]) -> dict[str, Any]:
    """Metadata as it is kept; null takes a key away. Raises Refused by its names."""
    try:
        return dict.fromkeys(given) | metadata.checked(session, given)
    except Refused as why:
        raise Refused({f"metadata.{key}": words for key, words in why.mistakes.items()}) from why
