"""Choose a password: with the old one, or with a one-time link. Other browsers are signed out by it."""

import uuid

from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.workspace import User
from domain.workspace.people import one_time_links
from domain.workspace.signing_in import password_hashing, sessions


def change(session: Session, user: User, old: str, new: str, here: uuid.UUID | None) -> None:
    """Change one's own password; all browsers but `here` are signed out. Raises Refused."""
    if not password_hashing.fits(user.password, old):
        raise Refused({"old": "This is not your password. If you have forgotten it, sign out and ask for a reset link."})
    _set(session, user, new)
    sessions.revoke(session, user.id, but=here)
    _record(session, user, "change password")


def choose(session: Session, word: str, new: str, name: str = "") -> User:
    """Choose a password with a one-time link, which is used up by it; the person. Raises Refused."""
    found = one_time_links.link_of(session, word, lock=True)
    if found is None:
        raise Refused({"": "This link was used already, or is too old. Ask for a new one."})
    user, link = found
    if name.strip():
        user.name = name.strip()
    _set(session, user, new)
    link.used_at = clock.now(session)
    sessions.revoke(session, user.id)
    _record(session, user, "accept invitation" if link.purpose == "invite" else "reset password")
    return user


def _set(session: Session, user: User, new: str) -> None:
    objection = password_hashing.objection(new, user.email, user.name)
    if objection is not None:
        raise Refused({"new": objection})
    user.password = password_hashing.hashed(new)
    user.row_version += 1
    user.updated_at, user.updated_by = clock.now(session), user.name
    session.flush()


def _record(session: Session, user: User, command: str) -> None:
    id = outside(Prefix.USER, user.id)
    audit.record(session, Actor(id, user.name), command, id, user.name)
