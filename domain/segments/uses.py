"""Who needs this segment? Other segments, campaigns and their rules, distributions."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, Text, cast, exists, func, or_, select, text
from sqlalchemy.orm import Session

from domain.campaigns.models import Campaign
from domain.distributions.models import Distribution, Version
from domain.promotions.models import Tier
from domain.rules.models import Rule
from domain.segments.models import Segment

OVER = ("done", "stopped", "ended")
"""States in which a distribution needs nothing any more."""


@dataclass(frozen=True)
class Use:
    """Something that names a segment: its `noun` (segment, campaign, promotion, distribution), id and name."""

    noun: str
    id: uuid.UUID
    name: str


def of(session: Session, segment_id: uuid.UUID) -> list[Use]:
    """Everything that would break without this segment."""
    rule = select(Rule.id).where(cast(Rule.condition, Text).contains(str(segment_id)))
    queries = {
        "segment": select(Segment.id, Segment.name).where(Segment.depends_on.contains([str(segment_id)])),
        "campaign": select(Campaign.id, Campaign.name).where(or_(Campaign.segment_id == segment_id, Campaign.rule_id.in_(rule))),
        "promotion": select(Tier.id, Tier.name).where(Tier.rule_id.in_(rule)),
        "distribution": select(Distribution.id, Distribution.name).where(Distribution.status.not_in(OVER), _names_it(segment_id)),
    }
    return [Use(noun, id, name) for noun, query in queries.items() for id, name in session.execute(query.order_by(text("2")))]


def _names_it(id: uuid.UUID) -> ColumnElement[bool]:
    """Whether a distribution's wizard, its side draft or what runs of it mentions this id, in whichever form."""
    written = [cast(column, Text) for column in (Distribution.spec, Distribution.side_spec)]
    running = exists().where(
        Version.distribution_id == Distribution.id, Version.version == Distribution.version, cast(Version.plan, Text).contains(str(id))
    )
    return or_(running, *(func.coalesce(words, "").contains(form) for words in written for form in (str(id), id.hex)))


def in_words(uses: Sequence[Use]) -> str:
    """`the campaign “Autumn” and the distribution “Welcome”`; at most five by name."""
    said = [f"the {use.noun} “{use.name}”" for use in uses[:5]] + ([f"{len(uses) - 5} more"] if len(uses) > 5 else [])
    return " and ".join(filter(None, [", ".join(said[:-1]), said[-1]])) if said else ""


def counts(session: Session, segment_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Use]]:
    """The uses of the segments of one page of a list."""
    return {id: of(session, id) for id in segment_ids}


def reacting(session: Session, segment_id: uuid.UUID) -> list[str]:
    """Names of live distributions that wait for somebody to enter or leave it."""
    plan = Version.plan
    query = (
        select(Distribution.name)
        .join(Version, (Version.distribution_id == Distribution.id) & (Version.version == Distribution.version))
        .where(
            Distribution.status == "live",
            plan["trigger"].astext.in_(("segment_entered", "segment_left")),
            cast(plan["segment_id"].astext, String) == str(segment_id),
        )
        .order_by(Distribution.name_key)
    )
    return list(session.scalars(query))
