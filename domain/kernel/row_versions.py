"""Did somebody else save first? Every edit form carries the `row_version` it was drawn with; this is where it is compared."""

from typing import Any

from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.errors import Stale


def edit(session: Session, row: Any, seen: int, actor: Actor, what: str = "") -> None:
    """Lock a Versioned row for editing and count its version up. Call it before changing anything.

    `seen` is the row_version of the form, `what` how the row is called in the sentence. Raises Stale where it is not the current one.
    """
    session.flush()  # a refresh would throw away what was not written yet
    session.refresh(row, with_for_update={"key_share": True})
    if row.row_version != seen:
        raise Stale(row.updated_by, row.updated_at, what=what or getattr(row, "name", "") or "this")
    row.row_version += 1
    row.updated_at, row.updated_by = clock.now(session), actor.name


def read(typed: object) -> int:
    """The version a form carried; 0, which no row has, for nothing or nonsense."""
    text = str(typed or "")
    return int(text) if len(text) < 10 and text.isascii() and text.isdigit() else 0
