"""Change a person: name, role, whether they may come in. There is always an administrator left."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel import clock, row_versions
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.workspace import User
from domain.workspace.people import one_time_links, roles
from domain.workspace.people.invite import wrong_name
from domain.workspace.signing_in import second_factor, sessions

LAST_ADMIN = "There would be no administrator left. Make somebody else one first."


def edit(session: Session, actor: Actor, user: User, seen: int, name: str, role: str) -> None:
    """Give another name or role; who may do less by it is signed out everywhere. Raises Refused, Stale."""
    if problem := wrong_name(name):
        raise Refused({"name": problem})
    if role not in roles.ROLES:
        raise Refused({"role": "Choose what they may do here."})
    _one_at_a_time(session, user)
    row_versions.edit(session, user, seen, actor, user.name)
    before = {"name": user.name, "role": user.role}
    if role != "admin":
        _keep_one(session, user, "role")
    if set(roles.ROLES[user.role]) - set(roles.ROLES[role]):
        sessions.revoke(session, user.id)
    user.name, user.role = name.strip(), role
    audit.record(
        session, actor, "edit person", outside(Prefix.USER, user.id), user.name, before=before, after={"name": user.name, "role": role}
    )


def deactivate(session: Session, actor: Actor, user: User) -> None:
    """Sign them out everywhere and let them in no more; what they did stays. Raises Refused for the last administrator."""
    _one_at_a_time(session, user)
    session.refresh(user)
    if user.deactivated_at is not None:
        return
    _keep_one(session, user, "")
    user.deactivated_at = clock.now(session)
    _touch(session, actor, user)
    sessions.revoke(session, user.id)
    audit.record(session, actor, "deactivate person", outside(Prefix.USER, user.id), user.name)


def reactivate(session: Session, actor: Actor, user: User) -> None:
    """Let them in again, with their old password."""
    session.refresh(user, with_for_update=True)
    if user.deactivated_at is None:
        return
    user.deactivated_at = None
    _touch(session, actor, user)
    audit.record(session, actor, "reactivate person", outside(Prefix.USER, user.id), user.name)


def sign_out(session: Session, actor: Actor, user: User) -> int:
    """Sign them out everywhere, at once; how many browsers it was."""
    ended = sessions.revoke(session, user.id)
    audit.record(session, actor, "sign person out", outside(Prefix.USER, user.id), user.name, after={"browsers": ended})
    return ended


def reset_second_factor(session: Session, actor: Actor, user: User) -> None:
    """Take the second factor of somebody who lost it away, and sign them out everywhere; their password stays."""
    if not second_factor.take_away(session, user):
        return
    sessions.revoke(session, user.id)
    audit.record(session, actor, "reset second factor", outside(Prefix.USER, user.id), user.name)


def give_link(session: Session, actor: Actor, user: User) -> tuple[str, bool]:
    """A new one-time link, and whether it was mailed; where it was not, it is shown to the asker once. Raises Refused."""
    if user.deactivated_at is not None:
        raise Refused({"": f"{user.name} was deactivated. Reactivate them first."})
    purpose = "reset" if user.password else "invite"
    link = one_time_links.make(session, user, purpose)
    audit.record(session, actor, f"make {purpose} link", outside(Prefix.USER, user.id), user.name)
    return link, one_time_links.send(session, user, purpose, link, actor.name)


def everybody(session: Session) -> list[User]:
    """All people, those who may come in first, by name."""
    return list(session.scalars(select(User).order_by(User.deactivated_at.is_not(None), User.name, User.id)))


def _touch(session: Session, actor: Actor, user: User) -> None:
    user.row_version += 1
    user.updated_at, user.updated_by = clock.now(session), actor.name


def _one_at_a_time(session: Session, user: User) -> None:
    """Lock this person and all administrators in one order: of two who take each other away one stays, and none is cut off."""
    ours = select(User.id).where(or_(User.role == "admin", User.id == user.id)).order_by(User.id)
    session.execute(ours.with_for_update()).all()


def _keep_one(session: Session, user: User, field: str) -> None:
    """Refuse to lose the last administrator who can come in."""
    if user.role != "admin":
        return
    able = User.role == "admin", User.deactivated_at.is_(None), User.password != ""
    if set(session.scalars(select(User.id).where(*able))) <= {user.id}:
        raise Refused({field: LAST_ADMIN})
