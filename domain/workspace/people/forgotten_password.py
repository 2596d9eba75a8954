"""Somebody has forgotten their password: mail a reset link, and tell the asker nothing about who has an account."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.journal import outgoing_mail
from domain.kernel import clock
from domain.tables.workspace import SignInFailure, User
from domain.workspace.people import one_time_links
from domain.workspace.people.sign_in import WINDOW

PER_ACCOUNT, PER_ADDRESS = 3, 10


def ask(session: Session, email: str, address: str) -> None:
    """Mail a link if there is such a person and account mail can be sent. Asking too often does nothing; commit in every case."""
    keys = {f"forgotten:{email.strip().casefold()}": PER_ACCOUNT, f"forgotten-from:{address}": PER_ADDRESS}
    now = clock.now(session)
    counted = session.execute(
        select(SignInFailure.key, func.count())
        .where(SignInFailure.key.in_(keys), SignInFailure.created_at > now - WINDOW)
        .group_by(SignInFailure.key)
    )
    if any(count >= keys[key] for key, count in counted):
        return
    session.add_all(SignInFailure(key=key, created_at=now) for key in keys)
    user = session.scalars(
        select(User).where(User.email_key == email.strip().casefold(), User.deactivated_at.is_(None), User.password != "")
    ).one_or_none()
    if user is not None and outgoing_mail.possible(session):
        one_time_links.send(session, user, "reset", one_time_links.make(session, user, "reset"))
