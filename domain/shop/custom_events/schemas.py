"""Which custom events may be reported, and what does each say? Made, changed and taken away by people and programs."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.profiles.metadata import KEY, TYPES
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused, Stale
from domain.tables.shop import EventSchema
from domain.tables.usage import references

LONGEST = 300
MOST_FIELDS = 50


@dataclass(frozen=True)
class EventField:
    """Something that an event says: its name there, its type as of metadata, and whether it must be said."""

    key: str
    type: str = "text"
    required: bool = False


def every(session: Session) -> Sequence[EventSchema]:
    """All of them, by name."""
    return session.scalars(select(EventSchema).order_by(EventSchema.name_key)).all()


def named(session: Session, name: str) -> EventSchema | None:
    """The event of this name, to the letter."""
    return session.scalars(select(EventSchema).where(EventSchema.name == name)).one_or_none()


def fields(schema: EventSchema) -> list[EventField]:
    """What it says."""
    return [EventField(**one) for one in schema.fields]


def create(session: Session, actor: Actor, name: str, said: Sequence[EventField]) -> EventSchema:
    """A new event. Raises Refused by field: `name`, or `fields-0`."""
    now = clock.now(session)
    _refuse(name, said)
    if session.scalar(select(EventSchema.id).where(EventSchema.name_key == folded(name))):
        raise Refused({"name": f"There is an event “{name.strip()}” already. Change that one, or choose another name."})
    schema = EventSchema(
        name=name.strip(), name_key=folded(name), fields=_stored(said), created_at=now, updated_at=now, updated_by=actor.name
    )
    session.add(schema)
    session.flush()
    audit.record(session, actor, "create event", outside(Prefix.EVENT_SCHEMA, schema.id), schema.name, after={"fields": schema.fields})
    return schema


def edit(session: Session, actor: Actor, id: uuid.UUID, said: Sequence[EventField], row_version: int | None = None) -> EventSchema:
    """What it says from now on; its name stays, for programs send it. Raises Refused by field, Stale where somebody saved since."""
    schema = session.scalars(
        select(EventSchema).where(EventSchema.id == id).with_for_update().execution_options(populate_existing=True)
    ).one()
    _refuse(schema.name, said)
    if row_version is not None and row_version != schema.row_version:
        raise Stale(schema.updated_by, schema.updated_at)
    before, after = schema.fields, _stored(said)
    if before != after:
        schema.fields, schema.updated_at, schema.updated_by = after, clock.now(session), actor.name
        schema.row_version += 1
        subject = outside(Prefix.EVENT_SCHEMA, schema.id)
        audit.record(session, actor, "edit event", subject, schema.name, before={"fields": before}, after={"fields": after})
        session.flush()
    return schema


def delete(session: Session, actor: Actor, schema: EventSchema) -> None:
    """From now on it is refused; what was reported stays. Raises Refused while a distribution waits for it."""
    if names := references.using_event(session, schema.id):
        raise Refused({"": f"{references.in_words(names)} waits for it. End or change that first."})
    audit.record(session, actor, "delete event", outside(Prefix.EVENT_SCHEMA, schema.id), schema.name, before={"fields": schema.fields})
    session.delete(schema)
    session.flush()


def _stored(said: Sequence[EventField]) -> list[dict[str, Any]]:
    return [asdict(one) for one in said]


def _refuse(name: str, said: Sequence[EventField]) -> None:
    wrong: dict[str, str] = {}
    if not name.strip():
        wrong["name"] = "Give the event the name by which programs report it, such as cart_left."
    elif len(name) > LONGEST:
        wrong["name"] = f"A name may have {LONGEST} characters."
    keys = [one.key for one in said]
    for n, one in enumerate(said):
        if not KEY.fullmatch(one.key):
            wrong[f"fields-{n}"] = f"“{one.key[:40]}” cannot be a name here: letters, digits and _ only, and no digit first."
        elif one.key in keys[:n] or one.key == "name":
            wrong[f"fields-{n}"] = f"“{one.key}” is taken. Choose another name."
        elif one.type not in TYPES:
            wrong[f"fields-{n}"] = f"“{one.type[:40]}” is no type. It may be {', '.join(TYPES)}."
    if len(said) > MOST_FIELDS:
        wrong["name"] = f"An event may say {MOST_FIELDS} things."
    if wrong:
        raise Refused(wrong)
