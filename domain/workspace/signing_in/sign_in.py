"""May this person come in? Address and password are compared; guessers are slowed down by their own address and its range.

Tries are rows, so that the limit holds for every process and whatever happens to Redis.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.tables.workspace import User
from domain.workspace.signing_in import password_hashing, tries

WRONG = "This address and password do not belong together."
"""An unknown account and a wrong password are told alike."""


def begin(session: Session, email: str, address: str) -> int:
    """Count the try: 0, or the seconds to wait. Commit before `sign_in`, so that tries at the same time are all counted."""
    return tries.count(session, _keys(email, address))


def sign_in(session: Session, email: str, password: str, address: str) -> User | None:
    """The person, or None where the two do not belong together. Commit in both cases."""
    user = session.scalars(select(User).where(User.email_key == email.strip().casefold(), User.deactivated_at.is_(None))).one_or_none()
    if not password_hashing.fits(user.password if user else "", password) or user is None:
        return None
    tries.was_right(session, _keys(email, address))
    if password_hashing.outdated(user.password):
        user.password = password_hashing.hashed(password)
    return user


def _keys(email: str, address: str) -> tries.Keys:
    return {
        "password": f"{email.strip().casefold()} {tries.one_address(address)}",
        "passwords of a range": tries.range_of(address),
    }
