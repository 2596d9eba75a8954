"""Whom does a condition find now? The number, five people and the sentence beside the builder."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain import conditions
from domain.conditions import Condition, Facts, Type
from domain.conditions.values import typed
from domain.conditions.words import value_in_words
from domain.customers.segments import audience
from domain.customers.segments.audience import Count
from domain.kernel.base import Prefix, inside, outside
from domain.tables.customers import Customer, Segment
from domain.tables.usage import segment_references


@dataclass(frozen=True)
class SampleCustomer:
    """One of the five: their outside id, name, and what the condition reads of them."""

    id: str
    name: str
    about: str


@dataclass(frozen=True)
class SegmentPreview:
    """What stands beside the builder. For an edit, also how many it would move."""

    sentence: str
    count: Count
    people: Sequence[SampleCustomer]
    enter: Count | None = None
    leave: Count | None = None
    live: Sequence[str] = ()
    """Names of live distributions that wait for somebody to enter or leave."""

    @property
    def moved(self) -> int:
        """How many an edit would move."""
        return (self.enter.number if self.enter else 0) + (self.leave.number if self.leave else 0)


def segment_preview(
    session: Session, condition: Condition, facts: Facts, others: str = "", segment: Segment | None = None
) -> SegmentPreview:
    """Whom a saved condition finds; `others`: the five after this customer; `segment`: the one that would get this condition."""
    after = inside(Prefix.CUSTOMER, others) if others else None
    found = audience.people(session, condition, after)
    enter, leave = audience.difference(session, segment, condition) if segment is not None else (None, None)
    return SegmentPreview(
        conditions.in_words(condition, facts),
        audience.count(session, condition),
        people(found, condition, facts),
        enter,
        leave,
        segment_references.reacting(session, segment.id) if segment is not None else (),
    )


def people(found: Sequence[Customer], condition: Condition | None, facts: Facts) -> list[SampleCustomer]:
    """Customers as they are shown in a few words."""
    read = list(dict.fromkeys(leaf["fact"] for _, leaf in conditions.leaves(condition))) if condition else []
    return [SampleCustomer(outside(Prefix.CUSTOMER, c.id), called(c), " · ".join(_about(c, read, facts))) for c in found]


def called(customer: Customer) -> str:
    """The best name there is."""
    return customer.name or customer.email or customer.phone or customer.source_id or "Somebody without a name"


def _about(customer: Customer, read: Sequence[str], facts: Facts) -> list[str]:
    said: list[str] = []
    for key in [*read, "customer.city", "customer.country"]:
        fact = facts.get(key)
        if fact is None or fact.type == Type.RELATION or fact.label in {s.partition(":")[0] for s in said}:
            continue
        kind, _, name = key.partition(".")
        value = customer.details.get(name) if kind == "metadata" else getattr(customer, name, None) if kind == "customer" else None
        if typed(fact, value) is not None and value != called(customer):
            shown = value_in_words(value, fact)
            said.append(shown if key in {"customer.city", "customer.country"} else f"{fact.label}: {shown}")
    return list(dict.fromkeys(said))[:3]
