"""What kinds of values do queries and bodies hold? Types for the models of operations, with their bounds."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from webapp.api.door.names import TEXT_OR_OBJECT

LONGEST = 500
"""Characters in a name, an id, an address."""
LONGEST_METADATA = 2_000
MOST_METADATA = 100


class ApiInput(BaseModel):
    """The parent of models of what is sent: a number may stand where a text is wanted."""

    model_config = ConfigDict(coerce_numbers_to_str=True, extra="ignore", frozen=True)


class ApiAnswer(BaseModel):
    """The parent of models of what is answered: what was not set is not sent."""

    model_config = ConfigDict(extra="forbid")


def _none_if_empty(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _whole(value: Any) -> Any:
    """Text that is no plain number is none: Python would read `1_0` and `10.0` as ten."""
    if isinstance(value, str) and not re.fullmatch(r"-?[0-9]+", value):
        raise ValueError("is a whole number")
    return value


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("is a number")
    return value


def _one_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("is one line")
    return text.strip()


def _text_or_object(value: Any) -> str:
    return TEXT_OR_OBJECT[1] if isinstance(value, Mapping | BaseModel | list) else TEXT_OR_OBJECT[0]


def _bounded(metadata: dict[str, Any]) -> dict[str, Any]:
    if len(metadata) > MOST_METADATA:
        raise ValueError(f"may have {MOST_METADATA} names")
    for name, value in metadata.items():
        if len(name) > LONGEST or any(len(text) > LONGEST_METADATA for text in _texts(value)):
            raise ValueError(f".{name[:100]} is too long: a text may have {LONGEST_METADATA:,} characters, a name {LONGEST}")
    return metadata


def _texts(value: Any) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for name, one in value.items() for text in (name, *_texts(one))]
        case list():
            return [text for one in value for text in _texts(one)]
        case _:
            return []


Text = Annotated[str, Field(max_length=LONGEST), AfterValidator(_one_line)]
Word = Annotated[Text | None, BeforeValidator(_none_if_empty)]
"""One line of text; an empty one is none."""
Number = Annotated[Annotated[float, BeforeValidator(_no_flag)] | None, BeforeValidator(_none_if_empty)]
Flag = Annotated[bool | None, BeforeValidator(_none_if_empty)]
Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[Whole | None, BeforeValidator(_none_if_empty)]
Limit = Annotated[Whole, Field(ge=1, le=100)]
Page = Annotated[Whole, Field(ge=1, le=1_000)]
Metadata = Annotated[dict[str, Any], AfterValidator(_bounded)]
Filters = Annotated[dict[str, Any] | None, BeforeValidator(_none_if_empty)]
"""`filters[field][conditions][$is]=value`; `filters.py` reads them."""
AS_TEXT, AS_OBJECT = map(Tag, TEXT_OR_OBJECT)
TEXT_OR_MODEL = Discriminator(_text_or_object)
"""For a field that may be a text or an object: `Annotated[Annotated[Text, AS_TEXT] | Annotated[Model, AS_OBJECT], TEXT_OR_MODEL]`."""


class Between(ApiInput):
    """`created_at[before]` and `created_at[after]`."""

    before: Word = None
    after: Word = None
