"""What may messages say about a customer? The variables behind the editor's chips, and their values for one customer."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import InstrumentedAttribute

from domain.conditions.facts import Type
from domain.customers.profiles.fields import FIELDS, CustomerField, plain
from domain.messages.variables import Variable
from domain.tables.customers import Customer

COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    Customer.id,
    Customer.details,
    *(getattr(Customer, field.key) for field in FIELDS),
)
"""What `values` reads of a customer."""


def variables(metadata: Iterable[str] = ()) -> tuple[Variable, ...]:
    """All that can be said about any customer, with the registered `metadata` keys."""
    known = (Variable(f"customer.{f.key}", f.variable or f.label.lower(), fallback=f.fallback) for f in FIELDS)
    own = (Variable(f"customer.metadata.{key}", key.replace("_", " ")) for key in metadata)
    return (*known, *own)


def values(customer: Customer | Row[Any], types: Mapping[str, str]) -> dict[str, Any]:
    """The values of these variables. `types`: of the metadata, so that dates can be written as dates."""
    own = {key: _typed(value, types.get(key)) for key, value in customer.details.items()}
    return {field.key: _said(field, getattr(customer, field.key)) for field in FIELDS} | {"metadata": own}


def _said(field: CustomerField, value: Any) -> Any:
    """A date stays one, so that messages can format it; a number is what metadata's are."""
    if value is None and field.fact is Type.TEXT:
        return ""
    return plain(value) if field.fact is Type.NUMBER else value


def _typed(value: Any, type: str | None) -> Any:
    if type in {"date", "datetime"} and isinstance(value, str):
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            return value
    return value
