"""Change a segment: its name, or the condition its members follow."""

from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import Condition
from domain.customers.facts.catalogue import known
from domain.customers.membership import sync
from domain.customers.segments import check, name
from domain.journal import audit, changed_facts
from domain.kernel import row_versions
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.tables.customers import Segment


def rename(session: Session, actor: Actor, segment: Segment, called: str, seen: int) -> None:
    """Call it something else; whoever uses it goes on using it. Raises Refused, Stale."""
    kept = name.checked(session, called, segment.id)
    if kept == segment.name:
        return
    before = segment.name
    row_versions.edit(session, segment, seen, actor, f"the segment “{before}”")
    segment.name, segment.name_key = kept, folded(kept)
    audit.record(session, actor, "rename segment", outside(Prefix.SEGMENT, segment.id), kept, {"name": before}, {"name": kept})


def change(session: Session, actor: Actor, segment: Segment, condition: Condition, seen: int, *, react: bool = False) -> bool:
    """Give it another condition, and look for its members anew; whether that was news.

    `react`: live distributions are told whom this lets in and out. Raises Refused, Stale.
    """
    facts = known(session)
    kept = check.saved(session, condition, facts, segment.id)
    if kept == segment.condition:
        return False
    before, reads = segment.condition, sorted(conditions.reads(kept, facts))
    changed_facts.start_reading(session, reads)
    row_versions.edit(session, segment, seen, actor, f"the segment “{segment.name}”")
    segment.condition = kept
    segment.reads = reads
    segment.depends_on = check.depends_on(kept)
    sync.begin(session, segment, react=react, asked_by=actor.name)
    after = {"condition": kept, "revision": segment.revision, "react": react}
    audit.record(session, actor, "edit segment", outside(Prefix.SEGMENT, segment.id), segment.name, {"condition": before}, after)
    return True
