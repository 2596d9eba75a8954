"""Which segments must be looked at, and in which order? Those that others depend on come first."""

import graphlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain.journal.changed_facts import EVERYTHING
from domain.tables.customers import Segment


def affected(segments: Mapping[uuid.UUID, tuple[set[str], list[Any]]], changed: set[str]) -> set[uuid.UUID]:
    """Ids of those (id -> what it reads, ids it depends on) that read something changed, and of all that depend on these."""
    if EVERYTHING in changed:
        return set(segments)
    found = {id for id, (reads, _) in segments.items() if reads & changed or f"time:{id}" in changed}
    waiting = list(found)
    while waiting:
        cause = str(waiting.pop())
        more = {id for id, (_, depends_on) in segments.items() if cause in depends_on} - found
        found |= more
        waiting.extend(more)
    return found


def levels(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    """The same in steps: those of a step depend on none of it, only on earlier ones."""
    by_id = {str(segment.id): segment for segment in segments}
    order = graphlib.TopologicalSorter({id: [dep for dep in one.depends_on if dep in by_id] for id, one in by_id.items()})
    order.prepare()
    while order.is_active():
        ready = order.get_ready()
        yield [by_id[id] for id in sorted(ready)]
        order.done(*ready)
