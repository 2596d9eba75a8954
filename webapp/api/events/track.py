"""Report a custom event: POST /v1/events."""

from typing import Any, Literal

from domain.kernel.errors import Refused
from domain.shop.custom_events import track
from webapp.api import named
from webapp.api.door.errors import Refusal, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Metadata, Word
from webapp.api.named import CustomerGiven
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes.customer import CustomerShape, customer
from webapp.database import db


class EventGiven(ApiInput):
    """What happened to whom, with what there is to say about it."""

    event: Word = None
    customer: CustomerGiven | None = None
    metadata: Metadata | None = None


class EventShape(ApiAnswer):
    """An event as it was taken in."""

    object: Literal["event"]
    type: str
    customer: CustomerShape
    referral: None
    loyalty: None
    metadata: dict[str, Any]


@operation("POST", "/v1/events", verb="shop", query=Nothing, body=EventGiven, answers=EventShape)
def track_custom_event(call: ApiCall[Nothing, EventGiven]) -> EventShape:
    """Report a custom event of a customer. Events that are not known are refused: they are made under Settings, Custom events."""
    session, said = db.session(), call.body
    if not said.event:
        raise wrong("invalid_payload", "event is missing: the name of a custom event.")
    try:
        schema = track.known(session, said.event)
        values = track.fit(schema, said.metadata or {})
    except Refused as why:
        raise _refused(why) from why
    who = named.customer_or_new(session, said.customer, call.caller)
    track.track(session, who.id, schema, values)
    session.commit()
    return EventShape(object="event", type=schema.name, customer=customer(who), referral=None, loyalty=None, metadata=values)


def _refused(why: Refused) -> Refusal:
    key = "invalid_event" if "event" in why.mistakes else "metadata_validation_failed"
    return wrong(key, "; ".join(f"{field} {words}" for field, words in why.mistakes.items()))
