"""Account mail as rows: written here by whoever has something to say, sent by the worker through the connection for system mail."""

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from domain.kernel import clock, secrets
from domain.kernel.nudges import nudge
from domain.tables import workspace
from domain.tables.journal import Notice, OutgoingMail
from domain.tables.workspace import Sender


def possible(session: Session) -> bool:
    """Whether account mail can be sent: a connection and a sender are chosen."""
    return workspace.current_project(session).system_connection_id is not None and sender(session) is not None


def write(session: Session, kind: str, address: str, subject: str, text: str) -> OutgoingMail:
    """Put a letter on its way."""
    now = clock.now(session)
    letter = OutgoingMail(kind=kind, address=address, box=secrets.encrypt({"subject": subject, "text": text}), due_at=now, created_at=now)
    session.add(letter)
    session.flush()
    nudge(session, "letters", lane="trigger")
    return letter


def due(session: Session) -> bool:
    """Whether there is something for the worker of letters; the clock asks."""
    waiting = exists().where(OutgoingMail.state.in_(("waiting", "open")), OutgoingMail.due_at <= clock.now(session))
    unmailed = exists().where(Notice.emailed_at.is_(None), Notice.resolved_at.is_(None))
    return bool(session.scalar(select(or_(waiting, unmailed)))) and possible(session)


def sender(session: Session) -> Sender | None:
    """Who account mail is from: the first sender of the project, or None while there is none."""
    return next(iter(workspace.senders_of_project(session)), None)
