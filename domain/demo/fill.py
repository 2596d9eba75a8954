"""What is there to look at in a new installation? A bakery, Maple & Rye: its customers, orders, codes, what it sent, and two drafts."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.demo import customers as crowd
from domain.demo import drafts, orders, past, shop
from domain.tables.customers import Customer


class NotEmpty(Exception):
    """There are customers already; nothing was written."""


def fill(session: Session) -> None:
    """Open the bakery in an empty database. Codes and members are made by the workers afterwards. Raises NotEmpty."""
    if session.scalar(select(func.count()).select_from(select(Customer.id).limit(1).subquery())):
        raise NotEmpty("There are customers here already. The demo is for an empty installation.")
    connection = shop.open_doors(session)
    permissions = shop.permissions(session)
    came = crowd.arrive(session, permissions)
    orders.ordered(session, came)
    segments = shop.segments(session)
    past.happened(session, came, permissions[0], segments)
    campaigns = shop.campaigns(session, segments)
    drafts.begin(session, connection, segments, campaigns)
