"""What may customers allow? Making and changing permissions."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused, Stale
from domain.tables.customers import Consent, ConsentLog, Permission
from domain.tables.workspace import Project

CHANNELS = {"email": "Email", "sms": "SMS", "platform": "Engagement platforms", "webhook": "Webhook"}


@dataclass(frozen=True)
class PermissionInput:
    """A permission as a person describes it."""

    name: str
    purpose: str = ""
    channels: list[str] = field(default_factory=list)
    wording: str = ""


def every(session: Session) -> Sequence[Permission]:
    """All permissions, by name."""
    return session.scalars(select(Permission).order_by(Permission.name_key)).all()


def create(session: Session, actor: Actor, wish: PermissionInput) -> Permission:
    """A new permission, which nobody has given yet. The first one becomes the project's default. Raises Refused."""
    _check(session, wish)
    now = clock.now(session)
    permission = Permission(**asdict(_tidy(wish)), name_key=folded(wish.name), created_at=now, updated_at=now, updated_by=actor.name)
    session.add(permission)
    session.flush()
    project = session.get(Project, 1)
    if project is not None and project.default_permission_id is None:
        project.default_permission_id = permission.id
    audit.record(session, actor, "create permission", outside(Prefix.PERMISSION, permission.id), permission.name, after=asdict(wish))
    return permission


def edit(session: Session, actor: Actor, id: uuid.UUID, wish: PermissionInput, row_version: int) -> Permission:
    """Change a permission; a new wording makes a new version, and who gave it before has given the older one. Raises Refused, Stale."""
    permission = session.scalars(select(Permission).where(Permission.id == id).with_for_update(key_share=True)).one()
    if permission.row_version != row_version:
        raise Stale(permission.updated_by, permission.updated_at)
    _check(session, wish, but=id)
    tidy = _tidy(wish)
    before = {key: getattr(permission, key) for key in asdict(tidy)}
    permission.version += permission.wording != tidy.wording
    for key, value in asdict(tidy).items():
        setattr(permission, key, value)
    permission.name_key = folded(wish.name)
    permission.row_version += 1
    permission.updated_at, permission.updated_by = clock.now(session), actor.name
    audit.record(session, actor, "edit permission", outside(Prefix.PERMISSION, id), permission.name, before=before, after=asdict(tidy))
    return permission


def delete(session: Session, actor: Actor, id: uuid.UUID) -> None:
    """Take away a permission nobody ever answered and nothing names. Raises Refused otherwise: the proof must stay."""
    permission = session.get_one(Permission, id, with_for_update=True)
    if session.scalar(select(exists().where(ConsentLog.permission_id == id) | exists().where(Consent.permission_id == id))):
        raise Refused(
            {"": f"Customers have answered “{permission.name}”; it stays as the proof of what they said. Change its name instead."}
        )
    if used := used_by(session, id):
        raise Refused({"": f"“{permission.name}” is used by {', '.join(used)}. Choose another permission there first."})
    session.delete(permission)
    audit.record(session, actor, "delete permission", outside(Prefix.PERMISSION, id), permission.name)


def used_by(session: Session, id: uuid.UUID) -> list[str]:
    """What names this permission, in words."""
    project = session.get(Project, 1)
    return ["the project as its default"] if project is not None and project.default_permission_id == id else []


def _tidy(wish: PermissionInput) -> PermissionInput:
    channels = [key for key in CHANNELS if key in wish.channels]
    return PermissionInput(" ".join(wish.name.split()), " ".join(wish.purpose.split()), channels, wish.wording.strip())


def _check(session: Session, wish: PermissionInput, but: uuid.UUID | None = None) -> None:
    mistakes = {}
    if not wish.name.strip():
        mistakes["name"] = "Give it a name, such as “Offers and news”."
    elif len(wish.name) > 100:
        mistakes["name"] = "The name is longer than 100 characters."
    taken = session.scalar(select(Permission.id).where(Permission.name_key == folded(wish.name)))
    if taken is not None and taken != but:
        mistakes["name"] = f"There is a permission “{wish.name.strip()}” already. Choose another name."
    if not set(wish.channels) & set(CHANNELS):
        mistakes["channels"] = "Choose at least one way it is for."
    if not wish.wording.strip():
        mistakes["wording"] = "Write the words the customer agrees to."
    if mistakes:
        raise Refused(mistakes)
