"""Take in a custom event of a customer, where it is known and says what it should."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from domain.conditions.facts import Fact, Type
from domain.conditions.values import typed
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel.errors import Refused
from domain.shop.custom_events import schemas
from domain.shop.custom_events.schemas import EventField
from domain.tables.shop import EventSchema

MOST_NAMED = 10
SAMPLES: dict[str, Any] = {"text": "blue", "number": 12.5, "boolean": True, "date": "2026-03-01", "datetime": "2026-03-01T09:30:00Z"}
"""Type -> a value of it."""


def known(session: Session, name: str) -> EventSchema:
    """The event of this name. Raises Refused with the remedy, and with those that there are."""
    schema = schemas.named(session, name)
    if schema is None:
        others = [one.name for one in schemas.every(session)][:MOST_NAMED]
        there = f" There are: {', '.join(others)}." if others else " There is none yet."
        raise Refused({"event": f"“{name[:100]}” is not known. Add it under Settings, Custom events, before it is reported.{there}"})
    return schema


def track(session: Session, customer_id: uuid.UUID, schema: EventSchema, said: Mapping[str, Any]) -> uuid.UUID:
    """Record that it happened to this customer now; the id of the event. Raises Refused by field: `metadata.colour`."""
    values = fit(schema, said)
    facts = {"custom_event": {"name": schema.name, **values}}
    return record(session, [NewEvent(customer_id, EventKind.CUSTOM, schema.id, facts)])[0]


def fit(schema: EventSchema, said: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says, checked by its schema; null says nothing. Raises Refused with every mistake at once."""
    given = {key: value for key, value in said.items() if value is not None}
    there = {field.key: field for field in schemas.fields(schema)}
    wrong = {}
    for key, value in given.items():
        field = there.get(key)
        if field is None:
            wrong[f"metadata.{key[:100]}"] = f"is nothing that “{schema.name}” says. Leave it out, or add it to the event."
        elif not _fits(field, value):
            wrong[f"metadata.{key}"] = f"is {_a(field.type)}, like {json.dumps(SAMPLES[field.type])}."
    for key, field in there.items():
        if field.required and key not in given:
            wrong[f"metadata.{key}"] = f"is missing: “{schema.name}” must say it."
    if wrong:
        raise Refused(wrong)
    return given


def _fits(field: EventField, value: Any) -> bool:
    if field.type == "text":
        return isinstance(value, str)
    return typed(Fact(field.key, field.key, Type(field.type), ""), value) is not None


def _a(type: str) -> str:
    return {"text": "a text", "number": "a number", "boolean": "true or false", "date": "a day", "datetime": "a moment"}[type]
