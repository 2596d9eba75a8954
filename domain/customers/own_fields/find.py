"""Which fields of metadata are there, and how many customers carry each? Counted by a job, never while a page waits."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.own_fields.change import KIND
from domain.journal import audit, jobs
from domain.kernel.actor import Actor
from domain.kernel.errors import Refused
from domain.tables.customers import MetadataField
from domain.tables.journal import Job


def every(session: Session) -> Sequence[MetadataField]:
    """All fields of customers, by name."""
    return session.scalars(select(MetadataField).where(MetadataField.noun == "customer").order_by(MetadataField.key)).all()


def with_id(session: Session, id: uuid.UUID) -> MetadataField | None:
    """The field of this id, where it is one of customers."""
    field = session.get(MetadataField, id)
    return field if field is not None and field.noun == "customer" else None


def running(session: Session) -> Job | None:
    """The change or count that is under way; there is at most one."""
    return session.scalars(select(Job).where(Job.kind == KIND, Job.state.in_(("queued", "running"))).limit(1)).one_or_none()


def last(session: Session, field: MetadataField) -> Job | None:
    """The newest change, or check of a change, of this field."""
    return session.scalars(select(Job).where(Job.kind == KIND, Job.subject_id == field.id).order_by(Job.id.desc()).limit(1)).one_or_none()


def count(session: Session, actor: Actor) -> Job:
    """Count anew how many customers carry each. Raises Refused while another change runs."""
    if running(session) is not None:
        raise Refused({"": "Another change of metadata is under way. Wait until it is done."})
    audit.record(session, actor, "count metadata", "metadata")
    return jobs.start(session, KIND, "Counting metadata", cursor={"action": "count", "counts": {}}, asked_by=actor.name)
