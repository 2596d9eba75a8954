"""Let somebody work here: a row without a password, and a one-time link to choose one."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import addresses, clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.workspace import User
from domain.workspace.people import roles

LONGEST_NAME = 80


def invite(session: Session, actor: Actor, email: str, name: str, role: str) -> User:
    """Somebody new; give them a link with `links.make`. Raises Refused."""
    mistakes = {}
    try:
        email = addresses.email(email.strip())
    except ValueError as wrong:
        mistakes["email"] = str(wrong)
    if not mistakes and (taken := session.scalars(select(User).where(User.email_key == email.casefold())).one_or_none()):
        gone = " and was deactivated: reactivate them instead" if taken.deactivated_at else ""
        mistakes["email"] = f"{taken.name} has this address already{gone}."
    if problem := wrong_name(name):
        mistakes["name"] = problem
    if role not in roles.ROLES:
        mistakes["role"] = "Choose what they may do here."
    if mistakes:
        raise Refused(mistakes)
    now = clock.now(session)
    user = User(
        email=email, email_key=email.casefold(), name=name.strip(), role=role, created_at=now, updated_at=now, updated_by=actor.name
    )
    session.add(user)
    session.flush()
    audit.record(session, actor, "invite person", outside(Prefix.USER, user.id), user.name, after={"email": email, "role": role})
    return user


def wrong_name(name: str) -> str | None:
    """Why this is no name for a person, or None."""
    if not name.strip():
        return "Enter a name: colleagues see it beside everything this person does."
    return f"Take at most {LONGEST_NAME} characters." if len(name.strip()) > LONGEST_NAME else None
