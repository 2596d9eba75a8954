"""Which campaigns fit what somebody looks for, and by which states can their codes be filtered?"""

from sqlalchemy import Select, select

from domain.kernel.base import folded
from domain.tables.incentives import Campaign

STATES = {
    "free": "Free",
    "reserved": "On its way",
    "given": "Given",
    "used": "Used",
    "void": "Withdrawn",
}
"""How the codes of a pool can be filtered: word of the URL -> label."""


def campaigns(text: str = "", kind: str = "", on: bool | None = None) -> Select[Campaign]:
    """Campaigns whose name has `text` in it; `on`: switched on."""
    query = select(Campaign)
    if words := folded(text):
        query = query.where(Campaign.name_key.contains(words, autoescape=True))
    if kind:
        query = query.where(Campaign.kind == kind)
    if on is not None:
        query = query.where(Campaign.active == on)
    return query
