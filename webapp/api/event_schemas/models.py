"""What is sent and answered where a program says which custom events there are?"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError

from domain.kernel.base import Prefix, outside
from domain.shop.custom_events import schemas
from domain.shop.custom_events.schemas import EventField
from domain.tables.shop import EventSchema
from webapp.api.fields import LONGEST, ApiAnswer, ApiInput, Flag, Word
from webapp.api.shapes.voucher import moment

TYPES = {"string": "text", "number": "number", "boolean": "boolean", "date": "date", "datetime": "datetime"}
"""The reference's name of a type -> ours."""
NAMES = {ours: theirs for theirs, ours in TYPES.items()}


class PropertyGiven(ApiInput):
    """A field of an event: what it holds, and whether it may be left out. `deleted` takes it away."""

    type: Word = None
    optional: Flag = None
    deleted: Flag = None


def _read(properties: dict[str, Any]) -> dict[str, Any]:
    for name, said in properties.items():
        if len(name) > LONGEST:
            raise ValueError(f".{name[:100]} is too long: a name may have {LONGEST} characters")
        try:
            PropertyGiven.model_validate(said)
        except ValidationError as wrong:
            raise ValueError(f".{name} is an object like {{“type”: “string”, “optional”: true}}") from wrong
    return properties


Properties = Annotated[dict[str, Any], Field(max_length=schemas.MOST_FIELDS), AfterValidator(_read)]
"""Name of a field -> `PropertyGiven`; the names are the caller's own."""


class SchemaGiven(ApiInput):
    """The fields of an event, by name."""

    properties: Properties | None = None


class EventSchemaGiven(ApiInput):
    """A custom event; `name` only where it is new."""

    name: Word = None
    schema_: SchemaGiven | None = Field(default=None, alias="schema")


class Property(ApiAnswer):
    """A field of an event."""

    type: str
    optional: bool
    array: bool
    deleted: bool


class SchemaShape(ApiAnswer):
    """The fields of an event, by name."""

    properties: dict[str, Property]


class EventSchemaShape(ApiAnswer):
    """A custom event."""

    id: str
    name: str
    schema_: SchemaShape = Field(alias="schema")
    created_at: str | None
    updated_at: str | None
    object: Literal["custom-event-schema"]


def shape(one: EventSchema) -> EventSchemaShape:
    """A custom event as it is answered."""
    properties = {f.key: Property(type=NAMES[f.type], optional=not f.required, array=False, deleted=False) for f in schemas.fields(one)}
    return EventSchemaShape(
        id=outside(Prefix.EVENT_SCHEMA, one.id),
        name=one.name,
        schema=SchemaShape(properties=properties),
        created_at=moment(one.created_at),
        updated_at=moment(one.updated_at),
        object="custom-event-schema",
    )


def fields(before: list[EventField], given: EventSchemaGiven) -> list[EventField]:
    """What the event says now: what is given changes or adds, the rest stays."""
    found = {field.key: field for field in before}
    for key, sent in ((given.schema_.properties if given.schema_ else None) or {}).items():
        said = PropertyGiven.model_validate(sent)
        if said.deleted:
            found.pop(key, None)
            continue
        old = found.get(key, EventField(key))
        type = TYPES.get(said.type.lower(), said.type) if said.type else old.type
        found[key] = EventField(key, type, old.required if said.optional is None else not said.optional)
    return list(found.values())
