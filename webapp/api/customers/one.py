"""One customer: add, read, change, forget."""

from typing import Literal

from domain.customers.profiles.erase import erase
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from webapp.api.actors import actor
from webapp.api.customers.given import found, keep
from webapp.api.fields import ApiAnswer
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes.customer import CustomerFacts
from webapp.api.shapes.voucher import moment
from webapp.api.shapes.whole_customer import WholeCustomer, customer
from webapp.database import db

ONE = "/v1/customers/{customerId}"


class Erased(ApiAnswer):
    """Who was forgotten, and when."""

    id: str
    created_at: str | None
    related_object_id: str
    related_object: Literal["customer"]
    status: Literal["DONE"]
    object: Literal["pernament_deletion"]
    """Spelled as the reference spells it."""


@operation("POST", "/v1/customers", verb="customers", query=Nothing, body=CustomerFacts, answers=WholeCustomer)
def create_customer(call: ApiCall[Nothing, CustomerFacts]) -> WholeCustomer:
    """Add a customer. Whoever has the `id`, `source_id` or, alone, an address is changed instead; what is left out stays."""
    session = db.session()
    one, _ = keep(session, call.caller, call.body)
    session.commit()
    return customer(session, one)


@operation("GET", ONE, verb="customers", query=Nothing, body=Nothing, answers=WholeCustomer)
def get_customer(call: ApiCall[Nothing, Nothing]) -> WholeCustomer:
    """Everything that is known of one customer."""
    session = db.session()
    return customer(session, found(session, call.path["customerId"]))


@operation("PUT", ONE, verb="customers", query=Nothing, body=CustomerFacts, answers=WholeCustomer)
def update_customer(call: ApiCall[Nothing, CustomerFacts]) -> WholeCustomer:
    """Change a customer: what is left out stays, null takes a fact away, metadata is changed by its names."""
    session = db.session()
    one, _ = keep(session, call.caller, call.body, found(session, call.path["customerId"]))
    session.commit()
    return customer(session, one)


@operation("DELETE", ONE, verb="customers", query=Nothing, body=Nothing, answers=Nothing)
def delete_customer(call: ApiCall[Nothing, Nothing]) -> Nothing:
    """Forget a customer. Codes and counts still add up; no address is written to again."""
    _forget(call)
    return Nothing()


@operation("POST", ONE + "/permanent-deletion", verb="customers", query=Nothing, body=Nothing, answers=Erased)
def customer_permanently_deletion(call: ApiCall[Nothing, Nothing]) -> Erased:
    """Forget a customer, and say so: the same as DELETE, which leaves nothing to find again either."""
    id, at = _forget(call)
    return Erased(
        id=f"del_{id.rpartition('_')[2]}",
        created_at=at,
        related_object_id=id,
        related_object="customer",
        status="DONE",
        object="pernament_deletion",
    )


def _forget(call: ApiCall[Nothing, Nothing]) -> tuple[str, str | None]:
    session = db.session()
    one = found(session, call.path["customerId"])
    erase(session, actor(call.caller), one.id)
    at = moment(clock.now(session))
    session.commit()
    return outside(Prefix.CUSTOMER, one.id), at
