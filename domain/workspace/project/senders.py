"""Who do messages come from? Add, change and remove senders; there is one default as long as there is one at all."""

import uuid

from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import addresses, clock
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.tables import workspace
from domain.tables.workspace import Sender


def add(session: Session, actor: Actor, name: str, email: str, reply_to: str = "") -> Sender:
    """A new sender; the first one is the default. Raises Refused."""
    first = not workspace.senders_of_project(session)
    values = _checked(session, name, email, reply_to)
    sender = Sender(**values, is_default=first, created_at=clock.now(session))
    session.add(sender)
    session.flush()
    audit.record(session, actor, "add sender", f"sender_{sender.id.hex}", sender.name, after=values)
    return sender


def edit(session: Session, actor: Actor, sender: Sender, name: str, email: str, reply_to: str = "") -> None:
    """Change a sender; messages already under way keep what they began with. Raises Refused."""
    before = {"name": sender.name, "email": sender.email, "reply_to": sender.reply_to}
    values = _checked(session, name, email, reply_to, but=sender)
    for key, value in values.items():
        setattr(sender, key, value)
    audit.record(session, actor, "edit sender", f"sender_{sender.id.hex}", sender.name, before=before, after=values)


def make_default(session: Session, actor: Actor, sender: Sender) -> None:
    """New channels and account mail begin with this one."""
    session.execute(update(Sender).where(Sender.is_default).values(is_default=False))
    session.execute(update(Sender).where(Sender.id == sender.id).values(is_default=True))
    session.refresh(sender)
    audit.record(session, actor, "make default sender", f"sender_{sender.id.hex}", sender.name)


def remove(session: Session, actor: Actor, sender: Sender) -> None:
    """Offer this sender no more. The default can go only as the last one. Raises Refused."""
    others = [s for s in workspace.senders_of_project(session) if s.id != sender.id]
    if sender.is_default and others:
        raise Refused({"": f"{sender.name} is the default. Make another sender the default first."})
    values = {"name": sender.name, "email": sender.email, "reply_to": sender.reply_to}
    audit.record(session, actor, "remove sender", f"sender_{sender.id.hex}", sender.name, before=values)
    session.delete(sender)
    session.flush()


def find(session: Session, id: uuid.UUID) -> Sender | None:
    """The sender with this id."""
    return session.get(Sender, id)


def _checked(session: Session, name: str, email: str, reply_to: str, but: Sender | None = None) -> dict[str, str]:
    mistakes, values = {}, {"name": " ".join(name.split()), "email": "", "reply_to": ""}
    if not values["name"]:
        mistakes["name"] = "Enter the name that recipients see."
    elif len(values["name"]) > 80:
        mistakes["name"] = "Take at most 80 characters: mail programs cut longer ones."
    for key, given in (("email", email), ("reply_to", reply_to)):
        try:
            values[key] = addresses.email(given.strip()) if given.strip() or key == "email" else ""
        except ValueError as wrong:
            mistakes[key] = str(wrong) if given.strip() else "Enter the address messages come from."
    others = [s for s in workspace.senders_of_project(session) if but is None or s.id != but.id]
    same = [s for s in others if (s.name, s.email) == (values["name"], values["email"])]
    if same and not mistakes:
        mistakes["email"] = f"{values['name']} <{values['email']}> is there already."
    if mistakes:
        raise Refused(mistakes)
    return values
