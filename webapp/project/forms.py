"""What is asked about the project. The domain judges; here stand labels and hints."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import BooleanField, EmailField, IntegerField, SelectField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired

from domain.connections import configured
from domain.kernel import zones_and_currencies
from domain.tables.connections import Connection
from domain.tables.customers import Permission
from domain.tables.workspace import Project
from domain.workspace.project import system_mail
from domain.workspace.project.edit import ProjectInput
from webapp.forms import Form


class ProjectForm(Form):
    """Everything a message or a date needs to know about its sender."""

    brand = StringField("Brand", description="As customers know you: in messages, and in the corner of these pages.")
    public_url = URLField("Public address", description="Where customers reach this installation. Links in messages begin with it.")
    postal_address = TextAreaField("Postal address", description="Many countries ask for it in every advertising mail.")
    zone = SelectField("Time zone", description="Where days begin and end, unless a customer’s own zone is known.")
    currency = SelectField("Currency")
    dial_code = SelectField("Dial code", description="Given to phone numbers that come without one.")
    shop_link = StringField("Link to the shop", description="With the code in it: https://shop.example/?code={{ voucher.code }}")
    send_delay_minutes = IntegerField(
        "Minutes before sending",
        description="Time to hold or stop after Save & Send.",
        validators=[InputRequired("Enter a number of minutes.")],
    )
    default_permission_id = SelectField("Permission asked for by default", description="New channels begin with it; each can name another.")
    system_connection_id = SelectField(
        "Connection for account mail", description="Invitations, reset links and notices go out by it. Without one, links are shown to you."
    )
    notice_addresses = TextAreaField("Notice addresses", description="Told when something stops, one address on each line.")
    second_factor_required = BooleanField(
        "Ask everybody for a second factor", description="Whoever has none sets it up at their next click, before anything else."
    )
    row_version = IntegerField(validators=[InputRequired()])

    def fill(self, session: Session, project: Project) -> None:
        """Offer what there is to choose from; what is chosen now stays on offer."""
        self.zone.choices = [(z, z.replace("_", " ")) for z in zones_and_currencies.zones()]
        self.currency.choices = [(code, f"{code}, {name}") for code, name in zones_and_currencies.currencies().items()]
        self.dial_code.choices = [("", "None: a number without one is refused"), *zones_and_currencies.dial_codes().items()]
        permissions = session.execute(select(Permission.id, Permission.name).order_by(Permission.name_key))
        self.default_permission_id.choices = [("", "None: each channel must name one"), *((str(id), name) for id, name in permissions)]
        self.system_connection_id.choices = [("", "None: show one-time links to whoever makes them"), *carriers(session, project)]

    def show(self, project: Project) -> None:
        """Fill in the project as it is."""
        self.process(obj=project)
        self.notice_addresses.data = "\n".join(project.notice_addresses)
        for name in ("default_permission_id", "system_connection_id"):
            self[name].data = str(getattr(project, name) or "")

    def wish(self) -> ProjectInput:
        """What the person wants."""
        text = {name: (self[name].data or "").strip() for name in ("brand", "public_url", "postal_address", "shop_link")}
        return ProjectInput(
            **text,
            zone=self.zone.data or "",
            currency=self.currency.data or "",
            dial_code=self.dial_code.data or "",
            notice_addresses=tuple(line for line in (self.notice_addresses.data or "").replace(",", "\n").split() if line),
            system_connection_id=_id(self.system_connection_id.data),
            send_delay_minutes=int(self.send_delay_minutes.data or 0),
            default_permission_id=_id(self.default_permission_id.data),
            second_factor_required=bool(self.second_factor_required.data),
        )


class SenderForm(Form):
    """Who messages come from."""

    name = StringField("Name", description="Recipients see it before the subject.")
    email = EmailField("Address")
    reply_to = EmailField("Reply-to", description="Where answers go, if not to the address above.")


def carriers(session: Session, project: Project) -> Sequence[tuple[str, str]]:
    """Connections that can carry account mail, and the one chosen now."""
    found = session.scalars(select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.name_key))
    return [(str(c.id), c.name) for c in found if c.id == project.system_connection_id or _able(c)]


def _able(connection: Connection) -> bool:
    try:
        return system_mail.able(configured.provider_of(connection)) is not None
    except configured.Unusable:
        return False


def _id(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None
