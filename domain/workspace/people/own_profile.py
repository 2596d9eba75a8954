"""Change what is one's own: the name, the zone of times, the theme of pages."""

from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.kernel.zones_and_currencies import zones
from domain.tables.workspace import User
from domain.workspace.people.invite import wrong_name

THEMES = ("", "light", "dark")


def edit(session: Session, user: User, name: str, zone: str) -> None:
    """Change one's own name and zone (empty: the project's). Raises Refused."""
    if problem := wrong_name(name):
        raise Refused({"name": problem})
    if zone and zone not in zones():
        raise Refused({"zone": "Choose a zone from the list."})
    before, after = {"name": user.name, "zone": user.zone}, {"name": name.strip(), "zone": zone}
    user.name, user.zone = name.strip(), zone
    user.row_version += 1
    user.updated_at, user.updated_by = clock.now(session), user.name
    id = outside(Prefix.USER, user.id)
    audit.record(session, Actor(id, user.name), "edit own account", id, user.name, before=before, after=after)


def choose_theme(user: User, theme: str) -> None:
    """Light, dark, or (empty) as the system says. No command worth a line in the audit trail."""
    user.theme = theme if theme in THEMES else ""
