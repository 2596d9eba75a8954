"""May a segment be called that? Names are unique whatever their case and white space."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import folded
from domain.kernel.errors import Refused
from domain.tables.customers import Segment

LONGEST = 120


def checked(session: Session, name: str, own_id: uuid.UUID | None = None) -> str:
    """The name as it is kept. Raises Refused where it is empty, too long, or another segment's."""
    name = " ".join(name.split())
    if not name:
        raise Refused({"name": "Give the segment a name, such as “Lapsed regulars”."})
    if len(name) > LONGEST:
        raise Refused({"name": f"The name is {len(name)} characters long; {LONGEST} are the most."})
    other = session.scalars(select(Segment).where(Segment.name_key == folded(name))).one_or_none()
    if other is not None and other.id != own_id:
        raise Refused({"name": f"There is already a segment called “{other.name}”. Choose another name."})
    return name


def free(session: Session, name: str) -> str:
    """This name, or with the first number behind it that makes it free."""
    taken = set(session.scalars(select(Segment.name_key)))
    name = " ".join(name.split())[: LONGEST - 10]
    tries = (name if n == 1 else f"{name} {n}" for n in range(1, len(taken) + 3))
    return next(t for t in tries if folded(t) not in taken)
