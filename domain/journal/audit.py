"""Write down who did what. Called by every command, in the command's own transaction."""

from typing import Any

from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.tables.journal import Audit


def record(
    session: Session,
    actor: Actor,
    command: str,
    subject: str,
    subject_name: str = "",
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One row in the audit trail. `before` and `after` hold JSON-ready values and never a secret."""
    session.add(
        Audit(
            actor=actor.id,
            actor_name=actor.name,
            command=command,
            subject=subject,
            subject_name=subject_name,
            before=before,
            after=after,
            created_at=clock.now(session),
        )
    )
