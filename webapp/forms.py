"""What must hold of every form of ours: a line is a line, text and numbers are no larger than can be kept."""

import datetime
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import ValidationError

LINE, TOKEN, TEXT = 500, 4_000, 4_000_000
"""Characters at most of a line, of a secret or hidden value, and of a text of several lines; a form may ask for less."""
NUMBER = 2**31 - 1
"""The largest number that is kept; the smallest is its negative."""
YEARS = (1900, 2200)
"""The first and last year of a date."""

SIGNS = [
    SelectChoice("", "As the other lines show, else left out"),
    SelectChoice(".", "The point is before decimals: 1,000 is a thousand"),
    SelectChoice(",", "The comma is before decimals: 1.000 is a thousand"),
]
ORDERS = [
    SelectChoice("", "As the other lines show, else left out"),
    SelectChoice("day", "Day first: 2 June"),
    SelectChoice("month", "Month first: 6 February"),
]
"""How numbers and dates that could be read in two ways are asked for, wherever a list is taken."""


class Form(FlaskForm):
    """The base of all forms. What is beyond all bounds is no value, as if it had been letters; what is too long is told by `validate`."""

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Read what was sent."""
        super().process(*args, **kwargs)
        for field in self:
            if field.raw_data and (why := _out_of_bounds(field.data)):
                field.data = None
                field.process_errors = [*field.process_errors, why]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Ask what holds of every text, then what the form says itself."""
        extra = {name: list(more) for name, more in (extra_validators or {}).items()}
        for name, field in self._fields.items():
            if isinstance(field, StringField):
                extra.setdefault(name, []).append(_bounded)
        fine: bool = super().validate(extra)
        return fine


def _out_of_bounds(value: object) -> str | None:
    if isinstance(value, (int, float, Decimal)) and not (math.isfinite(value) and -NUMBER <= value <= NUMBER):
        return f"Write a number from {-NUMBER:,} to {NUMBER:,}."
    if isinstance(value, datetime.date) and not YEARS[0] <= value.year <= YEARS[1]:
        return f"Write a date from {YEARS[0]} to {YEARS[1]}."
    return None


def _bounded(form: Form, field: Field) -> None:
    if not isinstance(field.data, str):
        return
    several = isinstance(field, TextAreaField)
    most = TEXT if several else TOKEN if isinstance(field, (PasswordField, HiddenField)) else LINE
    if len(field.data) > most:
        raise ValidationError(f"These are {len(field.data):,} characters. Take at most {most:,}.")
    if not several and "\n" in field.data:
        raise ValidationError("Leave out line breaks: this is a single line.")
