"""How are segments shown in lists, and where do the pages lie of what uses them?"""

from collections.abc import Sequence
from dataclasses import dataclass

from domain import conditions
from domain.conditions import Facts
from domain.customers.membership import sizes
from domain.journal import changed_facts
from domain.kernel.base import Prefix
from domain.tables.customers import Segment
from domain.tables.usage import segment_references
from domain.tables.usage.segment_references import SegmentUse
from webapp.database import db
from webapp.links import page_of
from webapp.segments.lookups import word

NOUNS = {"segment": Prefix.SEGMENT, "campaign": Prefix.CAMPAIGN, "distribution": Prefix.DISTRIBUTION}
"""What may use a segment and has a page."""


@dataclass(frozen=True)
class SegmentRow:
    """A segment as lists show it."""

    segment: Segment
    id: str
    size: int
    sentence: str
    uses: Sequence[SegmentUse]
    behind: bool = False
    """Whether changes of customers wait to be looked at."""

    @property
    def kind(self) -> str:
        """In a word."""
        return "List" if self.segment.kind == "manual" else "Condition"

    @property
    def mark(self) -> str:
        """Changes whenever what is shown of its sync changes."""
        s = self.segment
        return f"{s.sync}-{s.revision}-{s.sync_done}-{self.size}-{s.sync_total}-{self.behind:d}"

    @property
    def syncing(self) -> bool:
        """Whether its members are being looked for."""
        return self.segment.sync == "syncing"


def rows(segments: Sequence[Segment], facts: Facts) -> list[SegmentRow]:
    """These segments as lists show them, with three questions for all of them."""
    ids = [s.id for s in segments]
    counted, used, behind = (
        sizes.sizes(db.session(), ids),
        segment_references.uses_of_many(db.session(), ids),
        changed_facts.waiting(db.session()),
    )
    return [SegmentRow(s, word(s.id), counted.get(s.id, 0), sentence(s, facts), used[s.id], behind) for s in segments]


def sentence(segment: Segment, facts: Facts) -> str:
    """Who is in it, in words."""
    return conditions.in_words(segment.condition, facts) if segment.condition else "People put on it by hand"


def address(use: SegmentUse) -> str:
    """The page of whatever uses a segment; empty where it has none."""
    return page_of(NOUNS[use.noun], use.id) if use.noun in NOUNS else ""
