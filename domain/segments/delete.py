"""Take a segment away, unless somebody needs it."""

from sqlalchemy.orm import Session

from domain.base import Prefix, outside
from domain.project import audit
from domain.refused import Refused
from domain.segments import uses
from domain.segments.models import Segment


def delete(session: Session, actor: audit.Actor, segment: Segment) -> None:
    """Delete it with its list of members; the customers stay. Raises Refused, naming by what it is used."""
    needed = uses.of(session, segment.id)
    if needed:
        raise Refused({"": f"“{segment.name}” is used by {uses.in_words(needed)}. Take it out there first."})
    before = {"kind": segment.kind, "condition": segment.condition, "size": segment.size}
    audit.record(session, actor, "delete segment", outside(Prefix.SEGMENT, segment.id), segment.name, before=before)
    session.delete(segment)
    session.flush()
