"""Change what is one's own: the name, the zone of times, the theme of pages."""

from sqlalchemy.orm import Session

from domain import clock
from domain.base import Prefix, outside
from domain.people.invite import wrong_name
from domain.people.models import User
from domain.project import audit
from domain.project.places import zones
from domain.refused import Refused

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
    audit.record(session, audit.Actor(id, user.name), "edit own account", id, user.name, before=before, after=after)


def choose_theme(user: User, theme: str) -> None:
    """Light, dark, or (empty) as the system says. No command worth a line in the audit trail."""
    user.theme = theme if theme in THEMES else ""
