"""What is an incentive worth, when, and for whom? The questions that campaigns and promotions share, and the reading of what was typed."""

import datetime
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import Optional

from domain.incentives import discount
from domain.kernel.text import money
from domain.tables.customers import Segment
from webapp.forms import Form


class WorthForm(Form):
    """What an incentive is worth, when, and for whom: asked of campaigns and of promotions."""

    discount_type = RadioField("What is it worth?", choices=list(discount.KINDS.items()), default="percent")
    percent = StringField("Percent")
    amount = StringField("Amount")
    units = IntegerField("How many", validators=[Optional()], default=1)
    unit_of = StringField("Of what")
    starts_on = DateField("First day", validators=[Optional()])
    ends_on = DateField("Last day", validators=[Optional()])
    segment_id = SelectField("For whom")

    def choose(self, session: Session) -> None:
        """Offer the segments there are."""
        found = session.execute(select(Segment.id, Segment.name).order_by(Segment.name_key))
        self.segment_id.choices = [("", "Everybody"), *((str(id), f"Members of {name}") for id, name in found)]

    def unreadable(self) -> dict[str, str]:
        """Fields that hold something that is no number or date, with words."""
        words = {"IntegerField": "Write a whole number.", "DateField": "Write a date such as 2026-12-31."}
        typed = [f for f in self if any(str(value).strip() for value in f.raw_data or ())]
        return {f.name: words.get(f.type, "This cannot be read.") for f in typed if f.process_errors}

    def worth(self, currency: str, wrong: dict[str, str]) -> dict[str, Any]:
        """The discount as it is stored; what cannot be read goes to `wrong`, by field."""
        kind = self.discount_type.data or ""
        match kind:
            case "percent":
                return {"type": kind, "percent": _number("percent", self.percent.data, wrong)}
            case "amount" | "fixed":
                return {"type": kind, "minor": _minor(self.amount.data, currency, wrong)}
            case _:
                return {"type": kind, "units": self.units.data, "of": " ".join((self.unit_of.data or "").split())}

    def show_worth(self, worth: dict[str, Any] | None, currency: str) -> None:
        """Fill in a discount."""
        worth = worth or {}
        self.discount_type.data = worth.get("type", "percent")
        self.percent.data = f"{worth['percent']:g}" if "percent" in worth else ""
        self.amount.data = money.plain(worth["minor"], currency) if "minor" in worth else ""
        self.units.data, self.unit_of.data = worth.get("units", 1), worth.get("of", "")

    def days(self, zone: ZoneInfo) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """From the beginning of the first day to the end of the last, in the project's zone."""
        last = self.ends_on.data
        return _midnight(self.starts_on.data, zone), _midnight(last + datetime.timedelta(days=1) if last else None, zone)

    def show_days(self, starts_at: datetime.datetime | None, ends_at: datetime.datetime | None, zone: ZoneInfo) -> None:
        """Fill in the days."""
        self.starts_on.data = starts_at.astimezone(zone).date() if starts_at else None
        self.ends_on.data = (ends_at - datetime.timedelta(seconds=1)).astimezone(zone).date() if ends_at else None

    @property
    def segment(self) -> uuid.UUID | None:
        """The segment chosen."""
        try:
            return uuid.UUID(self.segment_id.data) if self.segment_id.data else None
        except ValueError:
            return None


def _midnight(day: datetime.date | None, zone: ZoneInfo) -> datetime.datetime | None:
    return datetime.datetime.combine(day, datetime.time(), zone).astimezone(datetime.UTC) if day else None


def _number(field: str, typed: str | None, wrong: dict[str, str]) -> float | int | None:
    text = (typed or "").strip().rstrip("%").strip().replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        if text:
            wrong[field] = f"“{typed}” is not a number. Write it like 15 or 7.5."
        return None
    return int(value) if value.is_integer() else value


def _minor(typed: str | None, currency: str, wrong: dict[str, str]) -> int | None:
    if not (typed or "").strip():
        return None
    try:
        return money.minor_units(typed or "", currency)
    except ValueError as why:
        wrong["amount"] = str(why)
        return None
