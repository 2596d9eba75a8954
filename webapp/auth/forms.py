"""What is asked at the door."""

from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from domain.workspace.signing_in.password_hashing import RULES
from webapp.forms import Form


class SignIn(Form):
    """Address and password."""

    email = EmailField("Email", validators=[InputRequired("Enter the address you were invited with.")])
    password = PasswordField("Password", validators=[InputRequired("Enter your password.")])
    next = HiddenField()


class Code(Form):
    """The second factor."""

    code = StringField(
        "Code", description="The 6 digits your app shows, or one of your recovery codes.", validators=[InputRequired("Enter a code.")]
    )


class Welcome(Form):
    """A first or a new password, by a one-time link."""

    name = StringField("Your name", description="Colleagues see it beside what you do.")
    new = PasswordField("New password", description=RULES, validators=[InputRequired("Choose a password.")])


class Forgotten(Form):
    """Which account."""

    email = EmailField("Email", validators=[InputRequired("Enter the address you sign in with.")])
