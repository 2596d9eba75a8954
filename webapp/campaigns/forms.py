"""What is asked about a campaign. The domain judges; here stand labels, hints, and the reading of what was typed."""

import datetime
import uuid
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from domain.connections import edit as connections
from domain.customers.profiles import metadata
from domain.customers.profiles.readers import Reading
from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.edit import CODE_SETTINGS, OPEN
from domain.incentives.campaigns.kinds.contract import CampaignKind
from domain.incentives.codes import pattern
from domain.incentives.pool_alerts import setting
from domain.incentives.pool_alerts.setting import AlertSetting
from domain.kernel import clock, zones_and_currencies
from domain.kernel.errors import Refused
from domain.tables import workspace
from domain.tables.incentives import Campaign
from webapp.campaigns.worth_form import WorthForm
from webapp.forms import Form


class NamedForm(Form):
    """What stands first on the form: fields made earlier have their mistakes told earlier."""

    name = StringField("Name", description="Only your team sees it.")
    description = StringField("Description")


class CampaignForm(NamedForm, WorthForm):
    """A campaign of any kind: all that kinds share. What the form of one kind asks is in its `asks` and `fields`."""

    kind: CampaignKind
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
    alert_below = IntegerField(
        "Tell somebody when fewer codes are left than",
        validators=[Optional()],
        description="Once each time it falls below. Empty: never.",
    )
    alert_addresses = TextAreaField("By mail to", description="One address on each line.")
    alert_connection_id = SelectField("By a webhook through", description="Signed, and tried again until it is taken.")
    details = TextAreaField("Metadata", description="For your own systems, one per line: season: autumn")
    row_version = IntegerField(validators=[Optional()])

    def choose(self, session: Session) -> None:
        """Offer segments, currencies and characters."""
        super().choose(session)
        self.currency.choices = [(code, f"{code}, {name}") for code, name in zones_and_currencies.currencies().items()]
        own_webhooks = [one for one in connections.listed(session) if setting.can_post(one)]
        self.alert_connection_id.choices = [("", "None"), *((str(one.id), one.name) for one in own_webhooks)]
        sets = [(key, label) for key, (label, _) in pattern.CHARSETS.items()]
        own = self.charset.data
        known = own in pattern.CHARSETS or not own
        self.charset.choices = sets if known else [*sets, (own, f"Your own: {own}")]

    def unreadable(self) -> dict[str, str]:
        """The same, of what this kind asks."""
        asked = {name for block in self.kind.asks for name in BLOCKS[block]} | {one.key for one in self.kind.fields}
        return {name: words for name, words in super().unreadable().items() if name in asked}

    def look(self) -> tuple[str, str]:
        """The pattern and the characters of the codes; nothing where they are imported, or there are none."""
        if "codes" not in self.kind.asks or self.codes_from.data == "import":
            return "", ""
        chosen = self.charset.data or ""
        characters = pattern.CHARSETS[chosen][1] if chosen in pattern.CHARSETS else chosen
        own = "".join((self.pattern.data or "").split())
        made = f"{_word(self.prefix.data)}{pattern.PLACEHOLDER * min(self.length.data or 0, 100)}{_word(self.postfix.data)}"
        return own or made, characters

    def draft(self, session: Session, wrong: dict[str, str], campaign: Campaign | None = None) -> Draft:
        """What the person wants; what cannot be read goes to `wrong`, by field. What is not asked stays as it is in `campaign`."""
        values: dict[str, Any] = {"discount": None, "currency": self.money_of(session)}
        if campaign is not None:
            values = {name: getattr(campaign, name) for name in (*CODE_SETTINGS, *OPEN, "segment_id")}
            values["alert"] = setting.setting(session, campaign.id)
        for block in self.kind.asks:
            values |= READ[block](self, session, wrong)
        return Draft(
            **values
            | {
                "name": self.name.data or "",
                "description": self.description.data or "",
                "kind": self.kind.key,
                "settings": {one.key: self[one.key].data for one in self.kind.fields},
            }
        )

    def money_of(self, session: Session) -> str:
        """The currency chosen, or the project's."""
        return self.currency.data or workspace.current_project(session).currency

    def period(self, session: Session) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """From when until when, by the days of the project's zone."""
        return self.days(ZoneInfo(workspace.current_project(session).zone or "UTC"))

    def codes(self) -> dict[str, Any]:
        """Which codes are made."""
        code_pattern, charset = self.look()
        count = (self.count.data or 0) if code_pattern else 0
        return {"pattern": code_pattern, "charset": charset, "count": count, "auto_update": bool(self.auto_update.data)}

    def alert(self, wrong: dict[str, str]) -> AlertSetting | None:
        """Who is told when few codes are left; None where no threshold is written. A connection that is not offered comes into `wrong`."""
        if self.alert_below.data is None:
            return None
        written = tuple(dict.fromkeys((self.alert_addresses.data or "").replace(",", "\n").split()))
        chosen = self.alert_connection_id.data
        offered = {value for value, *_ in self.alert_connection_id.iter_choices()}
        if chosen and chosen not in offered:
            wrong["alert_connection_id"], chosen = setting.CANNOT_POST, ""
        return AlertSetting(self.alert_below.data, written, uuid.UUID(chosen) if chosen else None)

    def show(self, session: Session, campaign: Campaign) -> None:
        """Fill in a campaign as it is."""
        self.process(obj=campaign, data=campaign.settings)
        zone = ZoneInfo(workspace.current_project(session).zone or "UTC")
        self.show_worth(campaign.discount, campaign.currency)
        self.show_days(campaign.starts_at, campaign.ends_at, zone)
        self.segment_id.data = str(campaign.segment_id or "")
        self.codes_from.data = "make" if campaign.pattern else "import"
        if (alert := setting.setting(session, campaign.id)) is not None:
            self.alert_below.data, self.alert_addresses.data = alert.below, "\n".join(alert.addresses)
            self.alert_connection_id.data = str(alert.connection_id or "")
        names = {characters: key for key, (_, characters) in pattern.CHARSETS.items()}
        self.charset.data = names.get(campaign.charset, campaign.charset or "unambiguous")
        self.details.data = "\n".join(f"{key}: {metadata.words(value)}" for key, value in sorted(campaign.details.items()))


BLOCKS = {
    "worth": ("discount_type", "percent", "amount", "units", "unit_of"),
    "dates": ("starts_on", "ends_on"),
    "validity": ("valid_days",),
    "segment": ("segment_id",),
    "join_once": ("join_once",),
    "redemption_limit": ("redemption_limit",),
    "codes": ("codes_from", "prefix", "length", "postfix", "charset", "pattern", "count", "auto_update"),
    "alert": ("alert_below", "alert_addresses", "alert_connection_id"),
    "metadata": ("details",),
}
"""The fields of each block that a kind may ask."""
READ: dict[str, Callable[[CampaignForm, Session, dict[str, str]], dict[str, Any]]] = {
    "worth": lambda form, session, wrong: {
        "currency": form.money_of(session),
        "discount": form.worth(form.money_of(session), wrong),
    },
    "dates": lambda form, session, wrong: dict(zip(("starts_at", "ends_at"), form.period(session), strict=True)),
    "validity": lambda form, session, wrong: {"valid_days": form.valid_days.data},
    "segment": lambda form, session, wrong: {"segment_id": form.segment},
    "join_once": lambda form, session, wrong: {"join_once": bool(form.join_once.data)},
    "redemption_limit": lambda form, session, wrong: {"redemption_limit": form.redemption_limit.data},
    "codes": lambda form, session, wrong: form.codes(),
    "alert": lambda form, session, wrong: {"alert": form.alert(wrong)},
    "metadata": lambda form, session, wrong: {"details": _details(session, form.details.data or "", wrong)},
}
"""What each block says of the draft."""


def form_of(kind: CampaignKind, **process: Any) -> CampaignForm:
    """The form of one kind, with the fields that only it asks."""
    own: dict[str, Any] = {"kind": kind}
    for one in kind.fields:
        as_example = {"placeholder": kind.example.get(one.key, "")}
        own[one.key] = (IntegerField if one.number else StringField)(one.label, [Optional()], description=one.about, render_kw=as_example)
    made: CampaignForm = type("CampaignForm", (CampaignForm,), own)(**process)
    return made


def _word(text: str | None) -> str:
    return "".join((text or "").split()).replace(pattern.PLACEHOLDER, "")


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
