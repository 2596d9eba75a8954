"""Who should look? A nudge says that there may be work; rows say what it is.

Nudges are collected on the session and leave after its commit (not after a savepoint). Losing one costs seconds: the clock asks again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction


@dataclass(frozen=True)
class Nudge:
    """`job` names the actor, `subject` the row it should look at (empty: whatever is due), `lane` is `bulk` or `trigger`."""

    job: str
    subject: str = ""
    lane: str = "bulk"


_send: Callable[[Nudge], None] | None = None


def deliver_with(send: Callable[[Nudge], None] | None) -> None:
    """Tell this process how nudges leave it; without it they are dropped and the clock finds the work."""
    global _send  # noqa: PLW0603 - one process has one way out
    _send = send


def nudge(session: Session, job: str, subject: object = "", lane: str = "bulk") -> None:
    """After this session's commit, ask the workers of `lane` to look."""
    waiting: dict[Nudge, None] = session.info.setdefault("nudges", {})
    waiting[Nudge(job, str(subject), lane)] = None


def taken_from(session: Session) -> list[Nudge]:
    """The nudges that would leave this session after its commit; they no longer do."""
    return list(session.info.pop("nudges", {}))


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for waiting in taken_from(session):
        if _send is not None:
            _send(waiting)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop("nudges", None)
