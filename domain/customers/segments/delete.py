"""Take a segment away, unless somebody needs it."""

from sqlalchemy.orm import Session

from domain.journal import audit
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Segment
from domain.tables.usage import segment_references


def delete(session: Session, actor: Actor, segment: Segment) -> None:
    """Delete it with its list of members; the customers stay. Raises Refused, naming by what it is used."""
    session.flush()
    session.refresh(segment, with_for_update=True)  # who just names it is waited for, and then asked
    needed = segment_references.uses_of(session, segment.id)
    if needed:
        raise Refused({"": f"“{segment.name}” is used by {segment_references.in_words(needed)}. Take it out there first."})
    before = {"kind": segment.kind, "condition": segment.condition, "size": segment.size}
    audit.record(session, actor, "delete segment", outside(Prefix.SEGMENT, segment.id), segment.name, before=before)
    session.delete(segment)
    session.flush()
