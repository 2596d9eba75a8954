"""What is asked about a key."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from domain.incentives.campaigns.kinds.catalogue import keys_with_codes
from domain.tables.incentives import Campaign
from webapp.api_keys.snippets import platforms
from webapp.forms import Form

DOES = [
    ("publish", "Give codes"),
    ("read", "List codes and publications"),
    ("shop", "Report and read orders, products and custom events"),
    ("customers", "Read, write and forget customers and segments"),
    ("campaigns", "Make, change and delete campaigns"),
    ("manage", "Change which custom events there are"),
]


class KeyForm(Form):
    """A new key."""

    name = StringField("Name", description="Who uses it: a shop, a platform, a colleague’s script.")
    platform = SelectField("Used by", description="A platform’s key may also give codes by GET, which some platforms need.")
    verbs = SelectMultipleField(
        "It may", choices=DOES, default=["publish", "read"], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    campaigns = SelectMultipleField("Only these campaigns", description="None chosen: all of them.")
    per_minute = IntegerField("Calls a minute", default=2000, validators=[InputRequired("Enter a number.")])
    codes_per_day = IntegerField("Codes a day", description="Empty: without limit.", validators=[Optional()])
    addresses = TextAreaField("Only from these addresses", description="One address or range on each line; empty: from anywhere.")
    may_create_customers = BooleanField("Add customers we do not know", description="Otherwise an unknown customer gets no code.")
    fallback_code = StringField(
        "When a pool is empty, answer with", description="A code everybody may have. Empty: the answer is an error."
    )

    def fill(self, session: Session) -> None:
        """Offer platforms and campaigns."""
        self.platform.choices = [("", "Our own server"), *((p.key, p.name) for p in platforms())]
        rows = session.execute(select(Campaign.id, Campaign.name).where(Campaign.kind.in_(keys_with_codes())).order_by(Campaign.name_key))
        self.campaigns.choices = [(str(id), name) for id, name in rows]

    def wish(self) -> dict[str, Any]:
        """The key as `domain.workspace.api_keys.create` takes it."""
        return {
            "name": self.name.data or "",
            "platform": self.platform.data or "",
            "verbs": self.verbs.data or [],
            "campaigns": [uuid.UUID(id) for id in self.campaigns.data or []],
            "addresses": [line for line in (self.addresses.data or "").splitlines() if line.strip()],
            "per_minute": self.per_minute.data or 0,
            "codes_per_day": self.codes_per_day.data,
            "may_create_customers": bool(self.may_create_customers.data),
            "fallback_code": self.fallback_code.data or "",
        }
