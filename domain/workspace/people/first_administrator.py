"""How does the very first person get in? At the first start an administrator is made, with a password that is shown once."""

import secrets as random

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.tables.workspace import User, UserSession
from domain.workspace.signing_in import password_hashing, second_factor, sessions

COMMAND_LINE = Actor("command line", "Command line")


def _new_password() -> str:
    """Twenty characters in groups of five that are not mistaken for one another: 98 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(random.choice(letters) for _ in range(5)) for _ in range(4))


def administrator(session: Session, email: str, actor: Actor = COMMAND_LINE) -> str:
    """Make this person an administrator with a new password, or give an existing one a new password; the password.

    An existing one is signed out everywhere and loses the second factor: who commands the machine is the last way in.
    """
    password = _new_password()
    user = session.scalars(select(User).where(User.email_key == folded(email))).one_or_none()
    now = clock.now(session)
    if user is None:
        user = User(email=email.strip(), email_key=folded(email), name=email.partition("@")[0].title(), created_at=now)
        session.add(user)
    user.role, user.password, user.deactivated_at = "admin", password_hashing.hashed(password), None
    user.updated_at, user.updated_by = now, actor.name
    session.flush()
    sessions.revoke(session, user.id)
    second_factor.take_away(session, user)
    audit.record(session, actor, "make administrator", outside(Prefix.USER, user.id), user.name)
    return password


def somebody_signed_in(session: Session) -> bool:
    """Whether anybody ever had a browser signed in."""
    return bool(session.scalar(select(exists().select_from(UserSession))))


def an_administrator(session: Session) -> str | None:
    """The e-mail address of the oldest active administrator."""
    return session.scalar(select(User.email).where(User.role == "admin", User.deactivated_at.is_(None)).order_by(User.id).limit(1))
