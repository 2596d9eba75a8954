"""Rename, retype, merge or delete a field of metadata. What refers to it is asked first; values are changed by a job, in limited passes."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from domain.customers.own_fields import uses
from domain.customers.profiles import metadata
from domain.journal import audit, jobs
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.tables.customers import MetadataField
from domain.tables.imports import ImportMapping
from domain.tables.journal import Job

KIND = "change_metadata"
RENAME, RETYPE, CHECK, MERGE, DELETE = "rename", "retype", "check", "merge", "delete"
_NO_SAMPLES = text("UPDATE jobs SET report = report - 'samples' WHERE kind = :kind AND report ? 'samples'")
"""What customers hold is not kept longer than somebody looks at it."""
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('changes of metadata'))")


def rename(session: Session, actor: Actor, field: MetadataField, key: str) -> Job:
    """Give it another key. Raises Refused where the key cannot be one, is taken, or something refers to the old one."""
    _alone(session, field)
    if not metadata.KEY.fullmatch(key):
        raise Refused({"key": f"“{key}” cannot be a key: letters, digits and _ only, and no digit first."})
    if key in metadata.types(session):
        raise Refused({"key": f"There is a field “{key}” already. Merge them instead."})
    _unused(session, field, "key")
    before = field.key
    audit.record(session, actor, "rename metadata", before, before, before={"key": before}, after={"key": key})
    field.key = key
    return _begin(session, actor, field, f"Renaming {before} to {key}", {"action": RENAME, "from": before, "to": key})


def merge(session: Session, actor: Actor, field: MetadataField, into: MetadataField) -> Job:
    """Move its values to another field, which keeps its own where a customer has both; then it is gone.

    Raises Refused where the types differ or something refers to it.
    """
    _alone(session, field)
    if into.id == field.id:
        raise Refused({"into": "Choose another field than this one."})
    if into.type != field.type:
        words = f"“{into.key}” holds {metadata.TYPES[into.type].lower()}, this one {metadata.TYPES[field.type].lower()}"
        raise Refused({"into": f"{words}. Change the type of one of them first."})
    _unused(session, field, "into")
    audit.record(session, actor, "merge metadata", field.key, field.key, before={"key": field.key}, after={"key": into.key})
    job = _begin(session, actor, into, f"Merging {field.key} into {into.key}", {"action": MERGE, "from": field.key, "to": into.key})
    session.delete(field)
    return job


def delete_field(session: Session, actor: Actor, field: MetadataField) -> Job:
    """Take it away from every customer. Raises Refused where something refers to it."""
    _alone(session, field)
    _unused(session, field, "")
    audit.record(session, actor, "delete metadata", field.key, field.key, before={"key": field.key, "type": field.type})
    job = _begin(session, actor, field, f"Deleting {field.key}", {"action": DELETE, "from": field.key})
    session.delete(field)
    return job


def check(session: Session, actor: Actor, field: MetadataField, type: str) -> Job:
    """Ask all values whether they fit another type; nothing is changed. Raises Refused."""
    _alone(session, field)
    _another_type(session, field, type)
    return _begin(session, actor, field, f"Checking {field.key}", {"action": CHECK, "from": field.key, "type": type})


def retype(session: Session, actor: Actor, field: MetadataField, type: str) -> Job:
    """Read its values as another type; those that do not fit are taken away. Raises Refused where something refers to it."""
    _alone(session, field)
    _another_type(session, field, type)
    _unused(session, field, "type")
    audit.record(session, actor, "retype metadata", field.key, field.key, before={"type": field.type}, after={"type": type})
    field.type = type
    return _begin(session, actor, field, f"Changing the type of {field.key}", {"action": RETYPE, "from": field.key, "type": type})


def _alone(session: Session, field: MetadataField) -> None:
    session.execute(_TURN)
    if session.scalar(select(func.count()).select_from(Job).where(Job.kind == KIND, Job.state.in_(("queued", "running")))):
        raise Refused({"": "Another change of metadata is under way. Wait until it is done."})


def _another_type(session: Session, field: MetadataField, type: str) -> None:
    if type not in metadata.TYPES:
        raise Refused({"type": "Choose what kind of values it holds."})
    if type == field.type:
        raise Refused({"type": "It is of this type already."})


def _unused(session: Session, field: MetadataField, where: str) -> None:
    if found := uses.uses_of(session, field.key):
        raise Refused({where: f"“{field.key}” is used by {uses.in_words(found)}. Take it out there first."})


def _begin(session: Session, actor: Actor, field: MetadataField, title: str, cursor: dict[str, Any]) -> Job:
    session.execute(_NO_SAMPLES, {"kind": KIND})
    if cursor["action"] != CHECK:
        _forget_mappings(session, lambda column: column["to"] == "metadata" and column["key"] == cursor["from"])
    return jobs.start(session, KIND, title, field.id, cursor=cursor | {"begun": clock.now(session).isoformat()}, asked_by=actor.name)


def _forget_mappings(session: Session, names: Callable[[dict[str, Any]], bool]) -> None:
    """How files with such a column were read is no longer right: they are guessed anew."""
    for mapping in session.scalars(select(ImportMapping)):
        if any(names(column) for column in mapping.reading["columns"]):
            session.execute(delete(ImportMapping).where(ImportMapping.id == mapping.id))
