"""Who is at this browser? A random word in the cookie, of which we keep only the digest; revoking the row signs the browser out."""

import datetime
import secrets as random
import uuid

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.secrets import digest
from domain.tables.workspace import User, UserSession

IDLE = datetime.timedelta(days=30)
"""A browser that was away longer has to sign in again."""
SEEN_EVERY = datetime.timedelta(minutes=5)


def begin(session: Session, user: User, address: str = "", agent: str = "") -> str:
    """Sign this browser in; the word for its cookie."""
    word = random.token_urlsafe(32)
    now = clock.now(session)
    session.add(UserSession(user_id=user.id, word=digest(word), created_at=now, last_seen_at=now, address=address, agent=agent[:300]))
    session.flush()
    return word


def found(session: Session, word: str) -> tuple[User, UserSession] | None:
    """The person and the session behind a cookie's word; None where it is revoked, too old, or the person was deactivated."""
    row = session.execute(
        select(User, UserSession)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.word == digest(word),
            UserSession.revoked_at.is_(None),
            UserSession.last_seen_at > clock.now(session) - IDLE,
            User.deactivated_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def seen(session: Session, one: UserSession) -> bool:
    """Remember that this browser was here, at most every five minutes; whether there is something to commit."""
    now = clock.now(session)
    if now - one.last_seen_at < SEEN_EVERY:
        return False
    session.execute(update(UserSession).where(UserSession.id == one.id).values(last_seen_at=now))
    return True


def of(session: Session, user_id: uuid.UUID) -> list[UserSession]:
    """Browsers this person is signed in at, the latest first."""
    alive = UserSession.revoked_at.is_(None), UserSession.last_seen_at > clock.now(session) - IDLE
    return list(
        session.scalars(select(UserSession).where(UserSession.user_id == user_id, *alive).order_by(UserSession.last_seen_at.desc()))
    )


def revoke(session: Session, user_id: uuid.UUID, only: uuid.UUID | None = None, but: uuid.UUID | None = None) -> int:
    """Sign a person out everywhere, at `only` one browser, or everywhere `but` here; how many browsers it was."""
    wanted = [UserSession.user_id == user_id, UserSession.revoked_at.is_(None)]
    if only is not None:
        wanted.append(UserSession.id == only)
    if but is not None:
        wanted.append(UserSession.id != but)
    ended = session.execute(update(UserSession).where(*wanted).values(revoked_at=clock.now(session)).returning(UserSession.id)).all()
    return len(ended)
