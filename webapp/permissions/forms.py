"""What is asked about a permission, and about an address that is never written to."""

from wtforms import HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField, widgets
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs

from domain.customers.consents.permissions import CHANNELS, PermissionInput
from domain.tables.customers import Permission
from webapp.forms import Form


class PermissionForm(Form):
    """A permission."""

    row_version = HiddenField()
    name = StringField("Name", description="Short, as lists show it: Offers and news")
    purpose = StringField("Purpose", description="What for, in a sentence; customers read it on their preference page")
    channels = SelectMultipleField(
        "Ways it is for",
        choices=[SelectChoice(*pair) for pair in CHANNELS.items()],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
        validate_choice=False,
    )
    wording = TextAreaField("Wording", description="The exact words the customer agrees to. A change makes a new version.")

    def wish(self) -> PermissionInput:
        """What was typed."""
        return PermissionInput(self.name.data or "", self.purpose.data or "", list(self.channels.data or []), self.wording.data or "")

    @classmethod
    def of(cls, permission: Permission) -> "PermissionForm":
        """Filled with a permission."""
        return cls(obj=permission)


class SuppressionForm(Form):
    """An address that is never to be written to."""

    kind = SelectField("Kind", choices=[SelectChoice("email", "E-mail address"), SelectChoice("phone", "Phone number")])
    address = StringField("Address", render_kw={"autocomplete": "off", "spellcheck": "false"})
    why = StringField("Why", description="Kept with it, like “asked on the phone”")
