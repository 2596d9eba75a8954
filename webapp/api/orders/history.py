"""Load orders of before: POST /v1/orders/import. They count, and nobody is told or written to."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import Prefix, new_id, outside
from domain.shop.orders.wanted import OrderWanted
from domain.tables.journal import Job
from domain.workspace.api_keys.authorize import Caller
from webapp.api.fields import ApiAnswer, ApiInput
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.given import found, take_in, wanted
from webapp.api.orders.models import OrderGiven, many
from webapp.database import db

MOST = 2_000
BODY_LIMIT = 8 << 20


class OrdersGiven(ApiInput):
    """The orders, as an array of them or under this name."""

    orders: Annotated[list[OrderGiven], Field(min_length=1, max_length=MOST), BeforeValidator(many)]


class OrdersTaken(ApiAnswer):
    """What was done; it is done already."""

    async_action_id: str


@operation(
    "POST", "/v1/orders/import", verb="shop", query=Nothing, body=OrdersGiven, answers=OrdersTaken, body_limit=BODY_LIMIT, listed="orders"
)
def import_orders(call: ApiCall[Nothing, OrdersGiven]) -> OrdersTaken:
    """Load orders of before, at most 2,000 in a call, all or none. Of two with one `source_id` the last one counts. Nobody is told."""
    session, caller = db.session(), call.caller
    orders = list({given.id or given.source_id or n: given for n, given in enumerate(call.body.orders)}.values())
    done = take_in(session, caller, [_wanted(session, caller, given) for given in orders], react=False)
    now = clock.now(session)
    report = {"read": len(call.body.orders), "created": sum(one.new for one in done), "changed": sum(one.changed for one in done)}
    job = Job(
        id=new_id(), kind="import_orders", title="Orders loaded by the API", state="done", done=len(done), total=len(done), report=report,
        asked_by=caller.name, created_at=now, ended_at=now,
    )  # fmt: skip
    session.add(job)
    session.commit()
    return OrdersTaken(async_action_id=outside(Prefix.ASYNC_ACTION, job.id))


def _wanted(session: Session, caller: Caller, given: OrderGiven) -> OrderWanted:
    return wanted(session, caller, given, found(session, given.id) if given.id else None, silent=True)
