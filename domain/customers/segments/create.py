"""Make a segment: by a condition, by a list, or as a copy of another."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import Condition
from domain.customers.facts.catalogue import known
from domain.customers.membership import sync
from domain.customers.segments import check, members, name
from domain.journal import audit, changed_facts
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Segment


def dynamic(session: Session, actor: Actor, called: str, condition: Condition) -> Segment:
    """A segment whose members follow a condition; they are looked for in the background. Raises Refused."""
    facts = known(session)
    kept = check.saved(session, condition, facts)
    reads = sorted(conditions.reads(kept, facts))
    changed_facts.start_reading(session, reads)
    segment = _add(
        session, actor, called,
        kind="dynamic", condition=kept, reads=reads, depends_on=check.depends_on(kept), revision=0,
    )  # fmt: skip
    sync.begin(session, segment, asked_by=actor.name)
    _audit(session, actor, segment, {"condition": kept})
    return segment


def manual(session: Session, actor: Actor, called: str, customers: Sequence[uuid.UUID] = ()) -> Segment:
    """A fixed list of customers. Raises Refused."""
    segment = _add(session, actor, called, kind="manual", sync="synced", synced_revision=1, synced_at=clock.now(session))
    count = members.move(session, segment, customers, inside=True, react=False)
    _audit(session, actor, segment, {"members": count})
    return segment


def copy(session: Session, actor: Actor, of: Segment) -> Segment:
    """The same under another name; a copied list starts with the same members."""
    called = name.free(session, f"{of.name} (copy)")
    if of.condition is not None:
        return dynamic(session, actor, called, of.condition)
    segment = manual(session, actor, called)
    members.move_all(session, of, segment)
    return segment


def _add(session: Session, actor: Actor, called: str, **values: Any) -> Segment:
    kept = name.checked(session, called)
    now = clock.now(session)
    segment = Segment(name=kept, name_key=folded(kept), created_at=now, updated_at=now, updated_by=actor.name, **values)
    try:
        with session.begin_nested():
            session.add(segment)
    except IntegrityError as taken:
        if "name_key" not in str(taken.orig):
            raise
        raise Refused({"name": f"There is already a segment called “{kept}”. Choose another name."}) from taken
    return segment


def _audit(session: Session, actor: Actor, segment: Segment, after: dict[str, Any]) -> None:
    audit.record(session, actor, "create segment", outside(Prefix.SEGMENT, segment.id), segment.name, after=after)
