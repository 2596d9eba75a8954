"""May this person come in? Address and password are compared; wrong tries slow down their account and their network address.

Tries are rows, so that the limit holds for every process and whatever happens to Redis.
"""

import datetime
import enum

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.workspace import SignInFailure, User
from domain.workspace.people import password_hashing

WINDOW = datetime.timedelta(minutes=15)
PER_ACCOUNT, PER_ADDRESS = 8, 40


class SignInRefusal(enum.StrEnum):
    """Why not, in words for the page; an unknown account and a wrong password are told alike."""

    WRONG = "This address and password do not belong together."
    TOO_MANY = "Too many tries. Wait 15 minutes, or ask an admin for a reset link."


def sign_in(session: Session, email: str, password: str, address: str) -> User | SignInRefusal:
    """The person, or why not. Commit in both cases: a wrong try is a row."""
    email_key = email.strip().casefold()
    keys = {f"account:{email_key}": PER_ACCOUNT, f"address:{address}": PER_ADDRESS}
    if _too_many(session, keys):
        return SignInRefusal.TOO_MANY
    user = session.scalars(select(User).where(User.email_key == email_key, User.deactivated_at.is_(None))).one_or_none()
    if not password_hashing.fits(user.password if user else "", password) or user is None:
        session.add_all(SignInFailure(key=key, created_at=clock.now(session)) for key in keys)
        session.flush()
        return SignInRefusal.WRONG
    session.execute(delete(SignInFailure).where(SignInFailure.key == f"account:{email_key}"))
    if password_hashing.outdated(user.password):
        user.password = password_hashing.hashed(password)
    return user


def _too_many(session: Session, keys: dict[str, int]) -> bool:
    counted = session.execute(
        select(SignInFailure.key, func.count())
        .where(SignInFailure.key.in_(keys), SignInFailure.created_at > clock.now(session) - WINDOW)
        .group_by(SignInFailure.key)
    )
    return any(count >= keys[key] for key, count in counted)
