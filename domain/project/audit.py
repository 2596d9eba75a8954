"""Write down who did what. Called by every command, in the command's own transaction."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from domain import clock
from domain.project.models import Audit


@dataclass(frozen=True)
class Actor:
    """Who gives a command: a person (`user_…`), `system` or `command line`."""

    id: str
    name: str


SYSTEM = Actor("system", "Largesse")


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
