"""Somebody has forgotten their password: mail a reset link, and tell the asker nothing about who has an account."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal import outgoing_mail
from domain.tables.workspace import User
from domain.workspace.people import one_time_links
from domain.workspace.signing_in import tries


def ask(session: Session, email: str, address: str) -> None:
    """Mail a link if there is such a person and account mail can be sent. Asking too often does nothing; commit in every case."""
    email_key = email.strip().casefold()
    if tries.count(session, {"forgotten": email_key, "forgotten of a range": tries.range_of(address)}):
        return
    user = session.scalars(
        select(User).where(User.email_key == email_key, User.deactivated_at.is_(None), User.password != "")
    ).one_or_none()
    if user is not None and outgoing_mail.possible(session):
        one_time_links.send(session, user, "reset", one_time_links.make(session, user, "reset"))
