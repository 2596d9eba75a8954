"""Change many customers at once: POST /v1/customers/bulk/async and /v1/customers/metadata/async. It is done before the answer comes."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import Prefix, new_id, outside
from domain.tables.journal import Job
from domain.workspace.api_keys.authorize import Caller
from webapp.api.customers.given import keep
from webapp.api.door.errors import Refusal
from webapp.api.fields import ApiAnswer, ApiInput, Metadata, Text
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.models import many
from webapp.api.shapes.customer import CustomerFacts
from webapp.database import db

MOST = 500
BODY_LIMIT = 4 << 20


class CustomersGiven(ApiInput):
    """The customers, as an array of them or under this name."""

    customers: Annotated[list[CustomerFacts], Field(min_length=1, max_length=MOST), BeforeValidator(many)]


class MetadataGiven(ApiInput):
    """What each of these customers is to have."""

    source_ids: Annotated[list[Text], Field(min_length=1, max_length=MOST)]
    metadata: Metadata


class Started(ApiAnswer):
    """Where `GET /v1/async-actions/{asyncActionId}` finds what became of it."""

    async_action_id: str


@operation(
    "POST", "/v1/customers/bulk/async", verb="customers", query=Nothing, body=CustomersGiven, answers=Started, body_limit=BODY_LIMIT,
    accepted=True, listed="customers",
)  # fmt: skip
def update_customers_in_bulk(call: ApiCall[Nothing, CustomersGiven]) -> Started:
    """Add or change customers, at most 500 in a call, as `POST /v1/customers` does each; one that is refused holds up no other."""
    return _all(call.caller, "customers_bulk_update", "Customers changed by the API", call.body.customers)


@operation(
    "POST", "/v1/customers/metadata/async", verb="customers", query=Nothing, body=MetadataGiven, answers=Started, body_limit=BODY_LIMIT,
    accepted=True,
)  # fmt: skip
def update_customers_metadata_in_bulk(call: ApiCall[Nothing, MetadataGiven]) -> Started:
    """Give customers the same metadata, at most 500 in a call; a `source_id` that nobody has is a new customer."""
    wanted = [CustomerFacts(source_id=id, metadata=call.body.metadata) for id in dict.fromkeys(call.body.source_ids)]
    return _all(call.caller, "customers_metadata_update", "Metadata of customers changed by the API", wanted)


def _all(caller: Caller, kind: str, title: str, wanted: Iterable[CustomerFacts]) -> Started:
    session = db.session()
    told = [_one(session, caller, given) for given in wanted]
    failed = [one for one in told if "reason" in one]
    now = clock.now(session)
    job = Job(
        id=new_id(), kind=kind, title=title, state="done", done=len(told), total=len(told), asked_by=caller.name,
        created_at=now, ended_at=now,
        report={"read": len(told), "created": sum(one["new"] for one in told), "failed": failed},
    )  # fmt: skip
    session.add(job)
    session.commit()
    return Started(async_action_id=outside(Prefix.ASYNC_ACTION, job.id))


def _one(session: Session, caller: Caller, given: CustomerFacts) -> dict[str, Any]:
    """Whether the customer is new; or why it was left out, by its own id."""
    try:
        with session.begin_nested():
            return {"new": keep(session, caller, given)[1]}
    except Refusal as why:
        return {"new": False, "source_id": given.source_id or given.id or "", "reason": why.details}
