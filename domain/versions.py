"""Did somebody else save first? Every edit form carries the `row_version` it was drawn with; this is where it is compared."""

import datetime
from typing import Any

from sqlalchemy.orm import Session

from domain import clock
from domain.project.audit import Actor


class Stale(Exception):
    """Somebody saved since the form was drawn; nothing of ours was written. Shown as 409 with who, what and when."""

    def __init__(self, what: str, who: str, at: datetime.datetime) -> None:
        super().__init__(f"{who or 'Somebody'} changed {what} at {at:%H:%M:%S}.")
        self.what, self.who, self.at = what, who, at


def edit(session: Session, row: Any, seen: int, actor: Actor, what: str = "") -> None:
    """Lock a Versioned row for editing and count its version up. Call it before changing anything.

    `seen` is the row_version of the form, `what` how the row is called in the sentence. Raises Stale where it is not the current one.
    """
    session.refresh(row, with_for_update=True)
    if row.row_version != seen:
        raise Stale(what or getattr(row, "name", "") or "this", row.updated_by, row.updated_at)
    row.row_version += 1
    row.updated_at, row.updated_by = clock.now(session), actor.name
