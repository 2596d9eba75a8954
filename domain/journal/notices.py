"""What needs a person? Raised where something stopped, shown on Home, mailed once, resolved by whoever set it right."""

import uuid
from collections.abc import Sequence

from sqlalchemy import literal_column, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.base import new_id
from domain.kernel.nudges import nudge
from domain.tables.journal import Notice, OutgoingMail


def raise_notice(session: Session, kind: str, subject: str, title: str, body: str = "", grave: bool = False) -> bool:
    """Tell people about `subject` (an outside id); whether it is news. The same kind about the same subject is open once: it is reworded.

    `grave` says that something stopped; otherwise somebody should look.
    """
    written = insert(Notice).values(
        id=new_id(), kind=kind, subject=subject, title=title, body=body, grave=grave, created_at=clock.now(session)
    )
    kept: bool = session.execute(
        written.on_conflict_do_update(
            index_elements=["kind", "subject"],
            index_where=Notice.resolved_at.is_(None),
            set_={"title": written.excluded.title, "body": written.excluded.body, "grave": written.excluded.grave},
        ).returning(literal_column("xmax = 0"))  # PostgreSQL: true for a row that was inserted, not updated
    ).scalar_one()
    nudge(session, "letters", lane="trigger")
    return kept


def resolve(session: Session, kind: str, subject: str) -> bool:
    """It is set right; whether it was open."""
    done = session.execute(
        update(Notice)
        .where(Notice.kind == kind, Notice.subject == subject, Notice.resolved_at.is_(None))
        .values(resolved_at=clock.now(session))
        .returning(Notice.id)
    )
    return done.first() is not None


def dismiss(session: Session, notice_id: uuid.UUID) -> Notice | None:
    """A person has seen it and needs no reminder; the notice, or None where it was no longer open."""
    notice = session.scalars(select(Notice).where(Notice.id == notice_id, Notice.resolved_at.is_(None)).with_for_update()).one_or_none()
    if notice is not None:
        notice.resolved_at = clock.now(session)
    return notice


def open_notices(session: Session, limit: int = 20) -> Sequence[Notice]:
    """What needs somebody now: what stopped first, then the latest."""
    query = select(Notice).where(Notice.resolved_at.is_(None)).order_by(Notice.grave.desc(), Notice.id.desc()).limit(limit)
    return session.scalars(query).all()


def letter_failed(session: Session, letter: OutgoingMail) -> None:
    """Say on Home, and only there, that account mail does not arrive."""
    what = {"invite": "An invitation", "reset": "A reset link", "pool": "A mail about a low pool"}.get(letter.kind, "A notice")
    raise_notice(session, "letters", "project", f"{what} could not be sent by mail", f"{letter.reason} Check the connection.")
    mailed = update(Notice).where(Notice.kind == "letters", Notice.resolved_at.is_(None), Notice.emailed_at.is_(None))
    session.execute(mailed.values(emailed_at=clock.now(session)))
