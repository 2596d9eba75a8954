"""How long is what happened kept? A table of what can be forgotten, and the months that the project chose for each.

What decides is never forgotten: customers, members, permissions and their log, codes with their publications and uses, recipients with
their once-keys, states of deliveries, counts. What is listed here is history: a page shows less of it, and no answer changes.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import row_versions as versions
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.tables.workspace import Project, current_project

MONTH = datetime.timedelta(days=365 / 12)
MOST = 120
"""Months that can be chosen; 0 stands for ever."""


@dataclass(frozen=True)
class Retention:
    """One kind of history. `months` is what a new project keeps, `least` how short it may be, where it is not kept for ever."""

    key: str
    label: str
    description: str
    months: int
    least: int = 1


RETENTIONS = (
    Retention("events", "What happened to customers", "Lines of their timelines. Codes, uses and messages stay on record.", 24, 3),
    Retention("slots", "Texts of messages", "What stood in a message that was sent. That it was sent, and what became of it, stays.", 12),
    Retention("steps", "Steps of deliveries", "Retries and receipts in the timeline of a message. Its last state stays.", 12),
    Retention("audit", "The audit trail", "Who changed what.", 36, 6),
    Retention("receipts", "What providers posted", "Their receipts as they came, after they were applied.", 1),
    Retention("exchanges", "Requests of webhooks, and answers", "As each attempt sent and received them.", 1),
    Retention("test_messages", "Test messages", "Messages sent from the wizard to try them.", 1),
    Retention("mail", "Account mail", "That invitations, reset links and notices were sent.", 1),
    Retention("import_remarks", "Remarks of imports", "What was said about single lines of a file. They quote customers.", 3),
    Retention("sessions", "Ended sessions", "Browsers that were signed out, or stayed away.", 3),
)
BY_KEY = {one.key: one for one in RETENTIONS}


def months(project: Project) -> dict[str, int]:
    """Key -> months, as chosen, else as a new project has them; 0: for ever."""
    return {one.key: project.retention.get(one.key, one.months) for one in RETENTIONS}


def kept(session: Session, key: str) -> datetime.timedelta | None:
    """How long this is kept; None: for ever."""
    chosen = months(current_project(session))[key]
    return MONTH * chosen if chosen else None


def edit(session: Session, actor: Actor, project: Project, seen: int, wish: Mapping[str, int]) -> None:
    """Store what differs. Raises Refused, Stale."""
    wrong = {key: said for key, chosen in wish.items() if (said := _mistake(BY_KEY[key], chosen))}
    if wrong:
        raise Refused(wrong)
    versions.edit(session, project, seen, actor, "the project")
    before = months(project)
    changed = {key: chosen for key, chosen in wish.items() if before[key] != chosen}
    if changed:
        project.retention = project.retention | changed
        audit.record(
            session, actor, "edit retention", "project", project.brand, before={key: before[key] for key in changed}, after=changed
        )


def _mistake(one: Retention, chosen: int) -> str:
    if chosen == 0 or one.least <= chosen <= MOST:
        return ""
    return f"Between {one.least} and {MOST} months, or 0 to keep it for ever."
