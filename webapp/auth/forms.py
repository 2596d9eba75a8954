"""What is asked at the door."""

from flask_wtf import FlaskForm
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired


class SignIn(FlaskForm):
    """Address and password."""

    email = EmailField("Email", validators=[InputRequired("Enter the address you were invited with.")])
    password = PasswordField("Password", validators=[InputRequired("Enter your password.")])
    next = HiddenField()
