"""What is a broken item about? The distribution, segment, campaign, customer or connection behind its id, for a link where there is one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix
from domain.tables.connections import Connection, RawReceipt
from domain.tables.customers import Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign
from domain.tables.journal import BrokenWork, Event
from domain.tables.sending import Delivery, Recipient
from webapp.links import page_of

About = tuple[Prefix, Any, Select[Any]]
"""What it is, the column that is the item's id, and a question that yields it, the id of the thing, and its name."""


def _of(what: Prefix, item: Any, thing: Any, name: Any) -> About:
    return what, item, select(item, thing, name)


_DISTRIBUTION = _of(Prefix.DISTRIBUTION, Distribution.id, Distribution.id, Distribution.name)
_SEGMENT = _of(Prefix.SEGMENT, Segment.id, Segment.id, Segment.name)


def _delivery() -> About:
    what, item, question = _of(Prefix.DISTRIBUTION, Delivery.id, Distribution.id, Distribution.name)
    return what, item, question.join(Distribution, Distribution.id == Delivery.distribution_id)


def _recipient() -> About:
    what, item, question = _of(Prefix.DISTRIBUTION, Recipient.id, Distribution.id, Distribution.name)
    return what, item, question.join(Distribution, Distribution.id == Recipient.distribution_id)


def _receipt() -> About:
    what, item, question = _of(Prefix.CONNECTION, RawReceipt.id, Connection.id, Connection.name)
    return what, item, question.join(Connection, Connection.id == RawReceipt.connection_id)


ABOUT: dict[str, About] = {
    "receipts": _receipt(),
    "starts": _DISTRIBUTION,
    "countdown": _DISTRIBUTION,
    "resumes": _DISTRIBUTION,
    "events": _of(Prefix.CUSTOMER, Event.id, Event.customer_id, literal("Their profile")),
    "marks": _of(Prefix.CUSTOMER, Customer.id, Customer.id, literal("Their profile")),
    "segment_times": _SEGMENT,
    "sizes": _SEGMENT,
    "low_pools": _of(Prefix.CAMPAIGN, Campaign.id, Campaign.id, Campaign.name),
    "pool_alerts": _of(Prefix.CAMPAIGN, Campaign.id, Campaign.id, Campaign.name),
    "recipients": _recipient(),
    "retries": _delivery(),
    "outcomes": _delivery(),
    "exchanges": _delivery(),
}
"""Lane -> what its items belong to. The others have no page that shows more."""


@dataclass(frozen=True)
class LinkedItem:
    """The thing behind a broken item, and the address of its page."""

    name: str
    href: str


def subjects(session: Session, rows: Sequence[BrokenWork]) -> dict[uuid.UUID, LinkedItem]:
    """By id of the broken row: what it is about, where there is such a thing still. One question for each lane of the page."""
    found: dict[uuid.UUID, LinkedItem] = {}
    for lane in {row.lane for row in rows} & ABOUT.keys():
        what, item, question = ABOUT[lane]
        of_lane = {row.item: row.id for row in rows if row.lane == lane}
        ids = [id for id in map(_uuid, of_lane) if id is not None]
        for one, thing, name in map(tuple, session.execute(question.where(item.in_(ids)))):
            found[of_lane[str(one)]] = LinkedItem(name, page_of(what, thing))
    return found


def _uuid(item: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(item)
    except ValueError:
        return None
