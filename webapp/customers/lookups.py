"""Which customer does an address mean, and which are asked for by the filters of a URL?"""

import datetime
import uuid
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask import abort
from sqlalchemy import select

from domain.customers.profiles.find import CustomerFilter
from domain.kernel.base import Prefix, inside, outside
from domain.tables.customers import Customer
from webapp.customers import blueprint
from webapp.database import db

CONTACTS = {"email": "Has an e-mail address", "no-email": "No e-mail address", "phone": "Has a phone number", "no-phone": "No phone number"}
_MEANT: dict[str, dict[str, bool]] = {
    "email": {"has_email": True},
    "no-email": {"has_email": False},
    "phone": {"has_phone": True},
    "no-phone": {"has_phone": False},
}


def customer_of(word: str) -> Customer:
    """The customer with this outside id (`cust_…`); 404 where there is none."""
    id = inside(Prefix.CUSTOMER, word)
    customer = db.session.scalars(select(Customer).where(Customer.id == id)).one_or_none() if id else None
    if customer is None:
        abort(404)
    return customer


def asked(args: Mapping[str, str], zone: ZoneInfo) -> CustomerFilter:
    """The filter that a URL asks for; what makes no sense is not asked."""
    return CustomerFilter(
        text=args.get("q", "")[:200],
        segment_id=_id(Prefix.SEGMENT, args.get("segment", "")),
        country=args.get("country", "").strip()[:200],
        city=args.get("city", "").strip()[:200],
        permission_id=_id(Prefix.PERMISSION, args.get("permission", "")),
        suppressed={"yes": True, "no": False}.get(args.get("suppressed", "")),
        created_from=_midnight(args.get("from", ""), zone),
        created_before=_midnight(args.get("to", ""), zone, days=1),
        **_MEANT.get(args.get("contact", ""), {}),
    )


def _id(prefix: Prefix, word: str) -> uuid.UUID | None:
    return inside(prefix, word) if word else None


def _midnight(text: str, zone: ZoneInfo, days: int = 0) -> datetime.datetime | None:
    try:
        day = datetime.date.fromisoformat(text) + datetime.timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return datetime.datetime.combine(day, datetime.time(), zone).astimezone(datetime.UTC)


@blueprint.app_template_filter("customer_id")
def customer_id(id: uuid.UUID) -> str:
    """The outside id, in templates: `one.id | customer_id`."""
    return outside(Prefix.CUSTOMER, id)


@blueprint.app_template_filter("outside")
def outside_id(id: uuid.UUID, prefix: str) -> str:
    """The outside id of another noun, in templates: `segment.id | outside('seg')`."""
    return outside(Prefix(prefix), id)
