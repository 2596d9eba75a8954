"""Who is at this browser? A random word in the cookie, of which we keep only the digest; revoking the row signs the browser out."""

import datetime
import secrets as random
import uuid

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

import settings
from domain.kernel import clock
from domain.kernel.secrets import digest
from domain.tables.workspace import User, UserSession

SEEN_EVERY = datetime.timedelta(minutes=5)
FOR_THE_CODE = datetime.timedelta(minutes=10)
"""So long a browser whose password was right may take to enter its code."""


def begin(session: Session, user: User, address: str = "", agent: str = "", *, waits_for_code: bool = False) -> str:
    """Sign this browser in, or let it wait for the code of a second factor; the word for its cookie."""
    word = random.token_urlsafe(32)
    now = clock.now(session)
    one = UserSession(user_id=user.id, word=digest(word), created_at=now, last_seen_at=now, address=address, agent=agent[:300])
    one.waits_for_code = waits_for_code
    session.add(one)
    session.flush()
    return word


def session_of(session: Session, word: str) -> tuple[User, UserSession] | None:
    """The person and the session behind a cookie's word; None where it is revoked, too old, or the person was deactivated."""
    return _behind(session, word, *_alive(session))


def waiting(session: Session, word: str) -> tuple[User, UserSession] | None:
    """The same for a browser that has still to enter a code."""
    young = UserSession.created_at > clock.now(session) - FOR_THE_CODE
    return _behind(session, word, UserSession.waits_for_code.is_(True), UserSession.revoked_at.is_(None), young)


def _behind(session: Session, word: str, *that: ColumnElement[bool]) -> tuple[User, UserSession] | None:
    mine = UserSession.word == digest(word), User.deactivated_at.is_(None)
    row = session.execute(select(User, UserSession).join(UserSession, UserSession.user_id == User.id).where(*mine, *that)).one_or_none()
    return None if row is None else (row[0], row[1])


def _alive(session: Session) -> tuple[ColumnElement[bool], ...]:
    now, limits = clock.now(session), settings.current()
    return (
        UserSession.waits_for_code.is_(False),
        UserSession.revoked_at.is_(None),
        UserSession.last_seen_at > now - datetime.timedelta(hours=limits.session_idle_hours),
        UserSession.created_at > now - datetime.timedelta(days=limits.session_days),
    )


def ends_at(one: UserSession) -> datetime.datetime:
    """When it ends by itself if nobody comes back, or at the latest."""
    limits = settings.current()
    idle = one.last_seen_at + datetime.timedelta(hours=limits.session_idle_hours)
    return min(idle, one.created_at + datetime.timedelta(days=limits.session_days))


def seen(session: Session, one: UserSession) -> bool:
    """Remember that this browser was here, at most every five minutes; whether there is something to commit."""
    now = clock.now(session)
    if now - one.last_seen_at < SEEN_EVERY:
        return False
    session.execute(update(UserSession).where(UserSession.id == one.id).values(last_seen_at=now))
    return True


def of(session: Session, user_id: uuid.UUID) -> list[UserSession]:
    """Browsers this person is signed in at, the latest first."""
    mine = select(UserSession).where(UserSession.user_id == user_id, *_alive(session))
    return list(session.scalars(mine.order_by(UserSession.last_seen_at.desc())))


def revoke(session: Session, user_id: uuid.UUID, only: uuid.UUID | None = None, but: uuid.UUID | None = None) -> int:
    """Sign a person out everywhere, at `only` one browser, or everywhere `but` here; how many browsers it was."""
    wanted = [UserSession.user_id == user_id, UserSession.revoked_at.is_(None)]
    if only is not None:
        wanted.append(UserSession.id == only)
    if but is not None:
        wanted.append(UserSession.id != but)
    ended = session.execute(update(UserSession).where(*wanted).values(revoked_at=clock.now(session)).returning(UserSession.id)).all()
    return len(ended)
