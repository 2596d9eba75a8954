"""Whom does the clock ask where one question is not enough? One job for each row, or a lane that the rows decide."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.journal.changed_facts import SEGMENTS
from domain.journal.jobs import open_jobs
from domain.journal.outgoing_mail import due
from domain.kernel.nudges import nudge
from domain.sending.states.finish import unfinished

_CHANGED = text(f"""
    SELECT EXISTS (SELECT FROM dirty_customers d WHERE lane = :lane AND {quarantine.whole("marks", "d.customer_id")})
""")


def distributions(session: Session) -> None:
    """Ask for every distribution that has something to do in a lane."""
    for id, lane in unfinished(session):
        nudge(session, "distribution", id, lane)


def changed_customers(session: Session) -> None:
    """Ask for customers whose segments may have changed."""
    for lane, job in SEGMENTS.items():
        if session.execute(_CHANGED, {"lane": lane}).scalar_one():
            nudge(session, job, lane=lane)


def jobs(session: Session) -> None:
    """Ask for long work that is not at its end."""
    for id in open_jobs(session):
        nudge(session, "job", id)


def letters(session: Session) -> None:
    """Ask for account mail and notices that wait."""
    if due(session):
        nudge(session, "letters", lane="trigger")
