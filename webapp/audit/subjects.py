"""Where is the page of what a line of the audit trail is about? Only of what is still there."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, inside
from domain.tables.connections import Connection
from domain.tables.customers import Customer, Permission, Segment
from domain.tables.distributions import Distribution
from domain.tables.imports import Import
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.workspace import User
from webapp.links import PAGES, page_of

SENDER = "sender_"
TABLES: dict[Prefix, tuple[Any, tuple[Any, ...]]] = {
    Prefix.CAMPAIGN: (Campaign.id, ()),
    Prefix.CONNECTION: (Connection.id, ()),
    Prefix.CUSTOMER: (Customer.id, ()),
    Prefix.DISTRIBUTION: (Distribution.id, ()),
    Prefix.SEGMENT: (Segment.id, ()),
    Prefix.IMPORT: (Import.id, ()),
    Prefix.PERMISSION: (Permission.id, ()),
    Prefix.USER: (User.id, ()),
    Prefix.TIER: (Tier.id, (Tier.campaign_id,)),
    Prefix.VOUCHER: (Voucher.id, (Voucher.campaign_id,)),
}
"""What has a page -> the column of its id, and what its address needs besides."""
ADDRESSES: dict[Prefix, Callable[..., str]] = {
    Prefix.IMPORT: lambda outside: url_for("customers.import_progress", id=outside),
    Prefix.PERMISSION: lambda outside: url_for("permissions.index"),
    Prefix.USER: lambda outside: url_for("people.index"),
    Prefix.TIER: lambda outside, campaign: url_for("campaigns.edit_tier", id=campaign, tier_id=inside(Prefix.TIER, outside)),
    Prefix.VOUCHER: lambda outside, campaign: url_for("campaigns.code", id=campaign, voucher_id=inside(Prefix.VOUCHER, outside)),
}


def pages(session: Session, subjects: Iterable[str]) -> dict[str, str]:
    """Outside id -> the address of its page, for those that have one and are there."""
    wanted: dict[Prefix, dict[Any, str]] = defaultdict(dict)
    found: dict[str, str] = {}
    for subject in subjects:
        what = next((prefix for prefix in TABLES if prefix == subject.partition("_")[0]), None)
        if what is not None and (id := inside(what, subject)) is not None:
            wanted[what][id] = subject
        elif subject == "project" or subject.startswith(SENDER):
            found[subject] = url_for("project.index")
    for what, ids in wanted.items():
        column, needed = TABLES[what]
        for id, *more in session.execute(select(column, *needed).where(column.in_(list(ids)))):
            found[ids[id]] = page_of(what, id) if what in PAGES else ADDRESSES[what](ids[id], *more)
    return found
