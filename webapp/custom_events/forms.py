"""What is asked about a custom event: its name, and the fields it has, a row each."""

from wtforms import BooleanField, FieldList, FormField, HiddenField, SelectField, StringField
from wtforms import Form as Part
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs

from domain.customers.profiles.metadata import TYPES
from domain.kernel.errors import Refused
from domain.shop.custom_events.schemas import LONGEST, MOST_FIELDS, EventField
from webapp.forms import Form

SPARE = 4
"""Empty rows below those that are filled."""


class EventFieldForm(Part):
    """A field of the event; a row without a name is not kept."""

    key = StringField("Name", render_kw={"autocomplete": "off", "spellcheck": "false", "maxlength": 64})
    type = SelectField("Holds", choices=[SelectChoice(*pair) for pair in TYPES.items()], validate_choice=False)
    required = BooleanField("Must be said")


class EventForm(Form):
    """A custom event."""

    row_version = HiddenField()
    name = StringField(
        "Name", description="As programs send it, like cart_left. It cannot be changed later.", render_kw={"maxlength": LONGEST}
    )
    fields = FieldList(FormField(EventFieldForm), max_entries=MOST_FIELDS + SPARE)

    def offer_more(self) -> None:
        """Empty rows to go on with."""
        for _ in range(min(SPARE, MOST_FIELDS + SPARE - len(self.fields))):
            self.fields.append_entry()

    def said(self) -> list[EventField]:
        """The fields that have a name."""
        rows = [row.form for row in self.fields if (row.form.key.data or "").strip()]
        return [EventField((row.key.data or "").strip(), row.type.data or "text", bool(row.required.data)) for row in rows]

    def tell(self, refused: Refused) -> None:
        """Hang the mistakes on the rows they are about."""
        named = [row.form.key for row in self.fields if (row.form.key.data or "").strip()]
        for field, words in refused.mistakes.items():
            kind, _, n = field.partition("-")
            if kind == "fields" and n.isdigit() and int(n) < len(named):
                named[int(n)].errors = [words]
            elif field == "name":
                self.name.errors = [words]
            else:
                self.form_errors.append(words)
