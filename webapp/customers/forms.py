"""What can be typed about a customer."""

import datetime
import zoneinfo
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs

from domain.customers.profiles import fields, metadata
from domain.customers.profiles.fields import Control, CustomerField
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer
from webapp.formatting import project, zone
from webapp.forms import Form

_YES_NO = [SelectChoice("", ""), SelectChoice("yes", "Yes"), SelectChoice("no", "No")]
CONTROLS: dict[Control, dict[str, str]] = {
    Control.TEXT: {},
    Control.EMAIL: {"type": "email", "autocomplete": "off", "spellcheck": "false"},
    Control.PHONE: {"type": "tel", "autocomplete": "off"},
    Control.NUMBER: {"inputmode": "decimal", "autocomplete": "off"},
    Control.DATE: {"type": "date"},
    Control.CODE: {"spellcheck": "false", "autocomplete": "off"},
    Control.TIME_ZONE: {"list": "time-zones", "spellcheck": "false"},
}


class CustomerForm(Form):
    """The facts, and one field for each registered key of metadata, named `metadata.<key>`; made by `form_for`."""

    row_version = HiddenField()
    another = BooleanField("Another person", description="Add them although somebody has this address or number already")
    new_key = StringField("Name of a new field", description="Letters, digits and _, like favourite_bread")
    new_type = SelectField("Its kind", choices=[SelectChoice(*pair) for pair in metadata.TYPES.items()])
    new_value = StringField("Its value for this customer")

    def typed(self) -> dict[str, str]:
        """What was typed about the customer itself."""
        return {field.key: self[field.key].data or "" for field in fields.FIELDS if field.key in self}

    def details(self) -> dict[str, str]:
        """What was typed under metadata, the new field included."""
        key = (self.new_key.data or "").strip()
        given = {name.removeprefix("metadata."): self[name].data or "" for name in self._fields if name.startswith("metadata.")}
        return given | ({key: self.new_value.data or ""} if key else {})

    def sections(self) -> list[tuple[str, list[Any]]]:
        """The facts by the part of the form they stand in, each with its legend; the first has none."""
        legends = dict.fromkeys(field.section for field in fields.FIELDS)
        return [(legend, [self[f.key] for f in fields.FIELDS if f.section == legend and f.key in self]) for legend in legends]

    def metadata_fields(self) -> list[Any]:
        """The fields of metadata."""
        return [self[name] for name in self._fields if name.startswith("metadata.")]


def form_for(types: dict[str, str], customer: Customer | None = None) -> CustomerForm:
    """The form, filled with what is known about `customer`."""

    class _Made(CustomerForm):
        pass

    for field in fields.FIELDS:
        setattr(_Made, field.key, StringField(field.label, description=field.help, render_kw=_control(field, customer)))
    for key, type in types.items():
        setattr(_Made, f"metadata.{key}", _metadata_field(key, type))
    return _Made(data=known(customer, types) if customer is not None else None)


def _control(field: CustomerField, customer: Customer | None) -> dict[str, str]:
    """How it is typed; what is made of other facts stands in the empty field as a proposal."""
    made = getattr(customer, field.key) if customer is not None and field.typed_in else ""
    return CONTROLS[field.control] | ({"placeholder": made} if made else {})


def _metadata_field(key: str, type: str) -> Any:
    label = key.replace("_", " ").capitalize()
    match type:
        case "boolean":
            return SelectField(label, choices=_YES_NO, validate_choice=False)
        case "date":
            return StringField(label, render_kw={"type": "date"})
        case "datetime":
            return StringField(label, description="Like 2026-11-20 14:30, in the project's time zone")
        case "number":
            return StringField(label, render_kw={"inputmode": "decimal"})
        case _:
            return StringField(label)


def known(customer: Customer, types: dict[str, str]) -> dict[str, str]:
    """What the fields of the form show."""
    facts = {field.key: field.words(getattr(customer, field.column)) for field in fields.FIELDS}
    details = {f"metadata.{key}": _detail(customer.details.get(key), type) for key, type in types.items()}
    return facts | details | {"row_version": str(customer.row_version)}


def _detail(value: Any, type: str) -> str:
    if value is not None and type == "datetime":
        try:
            return datetime.datetime.fromisoformat(str(value)).astimezone(zone_of_project()).strftime("%Y-%m-%d %H:%M:%S")
        except (ValueError, OverflowError):  # kept before such years were refused
            return str(value)
    return metadata.words(value)


def zone_of_project() -> datetime.tzinfo:
    """The zone in which times without a zone are read."""
    try:
        return zoneinfo.ZoneInfo(project().zone or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zone()


def address_of(customer: Customer) -> str:
    """The outside id, for addresses of pages."""
    return outside(Prefix.CUSTOMER, customer.id)
