"""Can this be the condition of that segment? Beside the language's own mistakes, no segment may depend on itself."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import Condition, Facts, Wrong
from domain.kernel.errors import Refused
from domain.tables.customers import Segment


def depends_on(condition: Condition) -> list[Any]:
    """Ids (as text) of the segments a condition names."""
    return sorted({str(leaf["value"]) for _, leaf in conditions.leaves(condition) if leaf.get("fact") == "segment" and leaf.get("value")})


def mistakes(session: Session, condition: Condition, facts: Facts, own_id: uuid.UUID | None = None) -> list[Wrong]:
    """Everything that keeps this from being the condition of segment `own_id` (None: of a new one)."""
    found = conditions.mistakes(condition, facts)
    if found or own_id is None:
        return found
    graph = {str(id): deps for id, deps in session.execute(select(Segment.id, Segment.depends_on))}
    for path, leaf in conditions.leaves(condition):
        if leaf.get("fact") == "segment" and _reaches(graph, str(leaf["value"]), str(own_id)):
            name = facts["segment"].choices[str(leaf["value"])]
            itself = str(leaf["value"]) == str(own_id)
            text = "A segment cannot depend on itself." if itself else f"“{name}” depends on this segment, so this one cannot depend on it."
            found.append(Wrong(path, f"{text} Choose another segment, or remove this condition."))
    return found


def _reaches(graph: Mapping[str, list[Any]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        id = waiting.pop()
        if id == goal:
            return True
        if id not in seen:
            seen.add(id)
            waiting.extend(graph.get(id, []))
    return False


def saved(session: Session, condition: Condition, facts: Facts, own_id: uuid.UUID | None = None) -> Condition:
    """The condition as it is stored. Raises Refused with the mistakes by path (`rules.0.1`)."""
    found = mistakes(session, condition, facts, own_id)
    if found:
        raise Refused({f"rules.{wrong.path}" if wrong.path else "rules": wrong.text for wrong in found})
    kept = conditions.saved(condition, facts)
    _hold(session, kept)
    return kept


def _hold(session: Session, condition: Condition) -> None:
    """Keep the segments it names from being deleted until this is written. Raises Refused where one just was."""
    named = {uuid.UUID(str(id)) for id in depends_on(condition)}
    still = select(Segment.id).where(Segment.id.in_(named)).order_by(Segment.id).with_for_update(read=True, key_share=True)
    if named - set(session.scalars(still)):
        raise Refused({"rules": "A segment that this names was deleted just now. Choose another, or remove that condition."})
