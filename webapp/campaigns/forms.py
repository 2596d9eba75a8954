"""What is asked about a campaign. The domain judges; here stand labels, hints, and the reading of what was typed."""

import datetime
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from domain.customers.profiles import metadata
from domain.customers.profiles.fields import Reading
from domain.incentives import discount
from domain.incentives.campaigns.draft import Draft
from domain.incentives.codes import pattern
from domain.kernel import clock, money
from domain.kernel import zones_and_currencies as places
from domain.kernel.errors import Refused
from domain.tables import workspace
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign

CODES_FROM = [("make", "Make them here"), ("import", "I have codes already")]


class NamedForm(FlaskForm):
    """What stands first on the form: fields made earlier have their mistakes told earlier."""

    name = StringField("Name", description="Only your team sees it.")
    description = StringField("Description")


class WorthForm(FlaskForm):
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


class CampaignForm(NamedForm, WorthForm):
    """A campaign of unique codes."""

    currency = SelectField("Currency")
    valid_days = IntegerField("Days a code is valid", validators=[Optional()], description="Counted from the day it is given.")
    codes_from = RadioField(
        "Where do the codes come from?", choices=[("make", "Make them here"), ("import", "I have codes already")], default="make"
    )
    prefix = StringField("Begins with")
    length = IntegerField("Random characters", validators=[Optional()], default=8)
    postfix = StringField("Ends with")
    charset = SelectField("Characters", default="unambiguous")
    pattern = StringField("Or a pattern", description="Each # becomes a random character: RYE-####-####.")
    count = IntegerField("How many codes", validators=[Optional()], default=1000)
    auto_update = BooleanField("Make more when the pool runs dry", description="So a distribution never stops for want of codes.")
    redemption_limit = IntegerField("Times a code can be used", validators=[Optional()], default=1, description="Empty: without limit.")
    join_once = BooleanField("One code per customer", default=True, description="Whoever has one gets the same code again.")
    details = TextAreaField("Metadata", description="For your own systems, one per line: season: autumn")
    row_version = IntegerField(validators=[Optional()])

    def choose(self, session: Session) -> None:
        """Offer segments, currencies and characters."""
        super().choose(session)
        self.currency.choices = [(code, f"{code}, {name}") for code, name in places.currencies().items()]
        sets = [(key, label) for key, (label, _) in pattern.CHARSETS.items()]
        own = self.charset.data
        known = own in pattern.CHARSETS or not own
        self.charset.choices = sets if known else [*sets, (own, f"Your own: {own}")]

    def look(self) -> tuple[str, str]:
        """The pattern and the characters of the codes; nothing where they are imported."""
        if self.codes_from.data == "import":
            return "", ""
        chosen = self.charset.data or ""
        characters = pattern.CHARSETS[chosen][1] if chosen in pattern.CHARSETS else chosen
        own = "".join((self.pattern.data or "").split())
        made = f"{_word(self.prefix.data)}{pattern.PLACEHOLDER * min(self.length.data or 0, 100)}{_word(self.postfix.data)}"
        return own or made, characters

    def draft(self, session: Session, wrong: dict[str, str]) -> Draft:
        """What the person wants; what cannot be read goes to `wrong`, by field."""
        project = workspace.current_project(session)
        currency = self.currency.data or project.currency
        starts_at, ends_at = self.days(ZoneInfo(project.zone or "UTC"))
        code_pattern, charset = self.look()
        return Draft(
            name=self.name.data or "",
            description=self.description.data or "",
            discount=self.worth(currency, wrong),
            currency=currency,
            starts_at=starts_at,
            ends_at=ends_at,
            valid_days=self.valid_days.data,
            pattern=code_pattern,
            charset=charset,
            count=(self.count.data or 0) if code_pattern else 0,
            auto_update=bool(self.auto_update.data),
            redemption_limit=self.redemption_limit.data,
            join_once=bool(self.join_once.data),
            segment_id=self.segment,
            details=_details(session, self.details.data or "", wrong),
        )

    def show(self, session: Session, campaign: Campaign) -> None:
        """Fill in a campaign as it is."""
        self.process(obj=campaign)
        zone = ZoneInfo(workspace.current_project(session).zone or "UTC")
        self.show_worth(campaign.discount, campaign.currency)
        self.show_days(campaign.starts_at, campaign.ends_at, zone)
        self.segment_id.data = str(campaign.segment_id or "")
        self.codes_from.data = "make" if campaign.pattern else "import"
        names = {characters: key for key, (_, characters) in pattern.CHARSETS.items()}
        self.charset.data = names.get(campaign.charset, campaign.charset or "unambiguous")
        self.details.data = "\n".join(f"{key}: {_shown(value)}" for key, value in sorted(campaign.details.items()))


def _word(text: str | None) -> str:
    return "".join((text or "").split()).replace(pattern.PLACEHOLDER, "")


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


def _details(session: Session, typed: str, wrong: dict[str, str]) -> dict[str, Any]:
    """`key: value` lines as typed metadata; a new key gets the type its value looks like."""
    lines = [line.partition(":") for line in typed.splitlines() if line.strip()]
    reading = Reading(today=clock.now(session).date())
    known = metadata.types(session, "campaign")
    values: dict[str, Any] = {}
    types: dict[str, str] = {}
    try:
        for key, colon, value in lines:
            if not colon:
                raise ValueError(f"“{key}” has no value. Write key: value.")
            name = key.strip()
            types[name] = known.get(name) or metadata.guess([value])
            values[name] = metadata.read(value, types[name], reading)
        metadata.register(session, types, "campaign")
    except Refused as refused:
        wrong["details"] = str(refused)
    except ValueError as why:
        wrong["details"] = str(why)
    return {key: value for key, value in values.items() if value is not None}


def _shown(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
