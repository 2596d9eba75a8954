"""Keep custom events: list, add, get, change and take away, below /management/v1/projects/{projectId}/custom-event-schemas."""

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.shop.custom_events import schemas
from domain.tables.shop import EventSchema
from webapp.api import named
from webapp.api.actors import actor
from webapp.api.door.errors import Refusal, not_found, wrong
from webapp.api.event_schemas.models import EventSchemaGiven, EventSchemaShape, fields, shape
from webapp.api.fields import ApiAnswer
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.database import db

ALL = "/management/v1/projects/{projectId}/custom-event-schemas"
ONE = ALL + "/{customEventSchemaId}"


class EventSchemaList(ApiAnswer):
    """All custom events, by name."""

    object: Literal["list"]
    data_ref: Literal["data"]
    data: list[EventSchemaShape]
    total: int


def _found(session: Session, call: ApiCall[Nothing, EventSchemaGiven] | ApiCall[Nothing, Nothing]) -> EventSchema:
    named.project(call.path["projectId"])
    text = call.path["customEventSchemaId"]
    id = inside(Prefix.EVENT_SCHEMA, text)
    schema = session.scalars(select(EventSchema).where(EventSchema.id == id if id else EventSchema.name == text)).one_or_none()
    if schema is None:
        raise not_found("custom_event_schema", text)
    return schema


def _refusal(why: Refused) -> Refusal:
    return wrong("invalid_payload", "; ".join(words if not field else f"{field} {words}" for field, words in why.mistakes.items()))


@operation("GET", ALL, verb="manage", query=Nothing, body=Nothing, answers=EventSchemaList)
def list_custom_event_schemas(call: ApiCall[Nothing, Nothing]) -> EventSchemaList:
    """Which custom events there are, and what each says."""
    named.project(call.path["projectId"])
    found = [shape(one) for one in schemas.every(db.session())]
    return EventSchemaList(object="list", data_ref="data", data=found, total=len(found))


@operation("POST", ALL, verb="manage", query=Nothing, body=EventSchemaGiven, answers=EventSchemaShape)
def create_custom_event_schema(call: ApiCall[Nothing, EventSchemaGiven]) -> EventSchemaShape:
    """A new custom event. Types are string, number, boolean, date and datetime."""
    named.project(call.path["projectId"])
    session = db.session()
    try:
        made = schemas.create(session, actor(call.caller), call.body.name or "", fields([], call.body))
    except Refused as why:
        raise _refusal(why) from why
    session.commit()
    return shape(made)


@operation("GET", ONE, verb="manage", query=Nothing, body=Nothing, answers=EventSchemaShape)
def get_custom_event_schema(call: ApiCall[Nothing, Nothing]) -> EventSchemaShape:
    """One custom event, by its id or its name."""
    return shape(_found(db.session(), call))


@operation("PUT", ONE, verb="manage", query=Nothing, body=EventSchemaGiven, answers=EventSchemaShape)
def update_custom_event_schema(call: ApiCall[Nothing, EventSchemaGiven]) -> EventSchemaShape:
    """Change what an event says: fields that are given are added or changed, `deleted` takes one away, the others stay."""
    session = db.session()
    schema = _found(session, call)
    try:
        changed = schemas.edit(session, actor(call.caller), schema.id, fields(schemas.fields(schema), call.body))
    except Refused as why:
        raise _refusal(why) from why
    session.commit()
    return shape(changed)


@operation("DELETE", ONE, verb="manage", query=Nothing, body=Nothing, answers=Nothing)
def delete_custom_event_schema(call: ApiCall[Nothing, Nothing]) -> Nothing:
    """Refuse the event from now on. What was reported stays; refused while a distribution waits for it."""
    session = db.session()
    try:
        schemas.delete(session, actor(call.caller), _found(session, call))
    except Refused as why:
        raise _refusal(why) from why
    session.commit()
    return Nothing()
