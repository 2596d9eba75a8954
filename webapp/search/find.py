"""What fits a few letters? A handful of each kind, found by the searches that the lists use."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.profiles import find as customers
from domain.distributions import overview
from domain.incentives.campaigns import find as campaigns
from domain.incentives.codes.reveal import masked
from domain.kernel.base import Prefix, folded
from domain.kernel.text.folding import fold
from domain.tables.customers import Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Voucher
from webapp.access import can
from webapp.distributions import presenters
from webapp.links import page_of
from webapp.shell import navigation

EACH = 5
SHORTEST = 2
"""Letters from which on things are looked for; pages are found by one."""


@dataclass(frozen=True)
class Hit:
    """Something to go to."""

    label: str
    href: str
    icon: str
    about: str = ""


def hits(session: Session, words: str) -> list[tuple[str, list[Hit]]]:
    """What fits, by kind; without words the pages alone."""
    words = words.strip()[:200]
    kinds = [("Pages", _pages)] if len(words) < SHORTEST else [("Pages", _pages), *_THINGS]
    found = [(label, list(look(session, words))[:EACH] if words else list(look(session, words))) for label, look in kinds]
    return [(label, some) for label, some in found if some]


def _pages(session: Session, words: str) -> Iterator[Hit]:
    key = folded(words)
    settings = navigation.settings()
    for place in (*navigation.navigation(), *settings):
        if key in folded(place.label):
            yield Hit(place.label, url_for(place.view), place.icon, "Settings" if place in settings else "")


def _customers(session: Session, words: str) -> Iterator[Hit]:
    for one in customers.page(session, customers.CustomerFilter(text=words), size=EACH)[0]:
        name = one.name or one.email or one.phone or one.source_id or "Nameless"
        yield Hit(name, page_of(Prefix.CUSTOMER, one.id), "user-round", one.email if one.email != name else one.phone)


def _distributions(session: Session, words: str) -> Iterator[Hit]:
    query = overview.matching(overview.DistributionFilter(text=words)).order_by(Distribution.updated_at.desc(), Distribution.id).limit(EACH)
    for row in session.scalars(query):
        yield Hit(row.name, page_of(Prefix.DISTRIBUTION, row.id), "send", presenters.state(row).word)


def _campaigns(session: Session, words: str) -> Iterator[Hit]:
    for row in session.scalars(campaigns.campaigns(words).order_by(Campaign.name_key).limit(EACH)):
        yield Hit(row.name, page_of(Prefix.CAMPAIGN, row.id), "tickets", "" if row.active else "Switched off")


def _segments(session: Session, words: str) -> Iterator[Hit]:
    named = Segment.name_key.contains(folded(words), autoescape=True)
    for row in session.scalars(select(Segment).where(named).order_by(Segment.name_key).limit(EACH)):
        yield Hit(row.name, page_of(Prefix.SEGMENT, row.id), "filter")


def _codes(session: Session, words: str) -> Iterator[Hit]:
    """The one code that is called so, for those who may see codes."""
    if not can("reveal codes"):
        return
    found = select(Voucher, Campaign).join(Campaign, Campaign.id == Voucher.campaign_id).where(Voucher.code_key == fold(words))
    for voucher, campaign in session.execute(found).tuples():
        href = url_for("campaigns.code", id=campaign.id, voucher_id=voucher.id)
        yield Hit(masked(voucher.code), href, "ticket", f"A code of {campaign.name}")


_THINGS: list[tuple[str, Callable[[Session, str], Iterator[Hit]]]] = [
    ("Customers", _customers),
    ("Distributions", _distributions),
    ("Campaigns", _campaigns),
    ("Segments", _segments),
    ("Codes", _codes),
]
