"""What is asked about a colleague."""

from wtforms import EmailField, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import InputRequired

from domain.workspace.people import roles
from webapp.forms import Form

ROLES = [SelectChoice(role, role.capitalize()) for role in reversed(roles.ROLES)]


class PersonForm(Form):
    """Name and role of somebody who is here."""

    name = StringField("Name")
    role = RadioField("What they may do", choices=ROLES)
    row_version = IntegerField(validators=[InputRequired()])


class Invitation(Form):
    """Somebody new."""

    name = StringField("Name")
    email = EmailField("Email", description="They sign in with it.")
    role = RadioField("What they may do", choices=ROLES, default="marketer", validate_choice=False)
