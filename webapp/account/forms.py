"""What a person may say about themselves."""

from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired

from domain.kernel.zones_and_currencies import zones
from domain.workspace.signing_in.password_hashing import RULES
from webapp.forms import Form


class Me(Form):
    """Name, and how times are shown."""

    name = StringField("Name", description="Colleagues see it beside what you do.")
    zone = SelectField("Time zone", description="Times on pages are shown in it.")

    def fill_zones(self, project_zone: str) -> None:
        """Offer every zone, the project's first."""
        self.zone.choices = [("", f"The project’s ({project_zone})"), *((z, z.replace("_", " ")) for z in zones())]


class Password(Form):
    """A new password, with the old one."""

    old = PasswordField("Old password", validators=[InputRequired("Enter the password you have now.")])
    new = PasswordField("New password", description=RULES, validators=[InputRequired("Choose a new password.")])


class Again(Form):
    """The password, asked again before something weighty."""

    password = PasswordField("Your password", validators=[InputRequired("Enter your password.")])


class FirstCode(Form):
    """Whether the app has understood."""

    code = StringField("Code", description="The 6 digits your app shows now.", validators=[InputRequired("Enter the code your app shows.")])
