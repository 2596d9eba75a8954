"""Which deliveries fit? A filter of the URL as a query; the page, the CSV and “retry these” ask the same."""

import uuid
from dataclasses import dataclass

from sqlalchemy import ARRAY, ColumnElement, Select, Uuid, func, select, union
from sqlalchemy.orm import aliased

from domain.kernel.base import folded
from domain.kernel.text.folding import begins
from domain.sending.states.settle_recipients import BUSY
from domain.tables.customers import Customer
from domain.tables.incentives import Voucher
from domain.tables.sending import Delivery, Recipient

STATES = {
    "waiting": ("Waiting", BUSY),
    "accepted": ("Accepted", ("accepted",)),
    "delivered": ("Delivered", ("delivered", "complained")),
    "refused": ("Refused", ("refused",)),
    "bounced": ("Bounced", ("bounced",)),
    "complained": ("Spam", ("complained",)),
    "unsure": ("Unsure", ("unsure",)),
    "skipped": ("Left out", ("skipped",)),
}
"""Filter of the URL -> its label, and the states it stands for. What somebody called spam was delivered."""
MOST = 1000
"""People a search is about at most."""


@dataclass(frozen=True)
class DeliveryFilter:
    """What is asked; what is empty is not asked."""

    text: str = ""
    state: str = ""
    channel: str = ""
    reason: str | None = None
    by_code: bool = True
    """Whether the text may be a code: not for whoever may not see codes."""


def query(distribution_id: uuid.UUID, asked: DeliveryFilter) -> Select[Delivery, Customer, Recipient, Voucher]:
    """Deliveries with their customer, recipient and voucher; the caller orders and pages by `Delivery.id`."""
    found = (
        select(Delivery, Customer, Recipient, Voucher)
        .join(Recipient, Recipient.id == Delivery.recipient_id)
        .outerjoin(Customer, Customer.id == Delivery.customer_id)
        .outerjoin(Voucher, Voucher.id == Recipient.voucher_id)
        .where(Delivery.distribution_id == distribution_id)
    )
    for condition in _conditions(asked):
        found = found.where(condition)
    return found


def _conditions(asked: DeliveryFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.state in STATES:
        conditions.append(Delivery.state.in_(STATES[asked.state][1]))
    if asked.channel:
        conditions.append(Delivery.channel == asked.channel)
    if asked.reason is not None:
        conditions.append(Delivery.reason == asked.reason)
    if words := folded(asked.text):
        conditions.append(_about(words, asked.by_code))
    return conditions


def _about(words: str, by_code: bool) -> ColumnElement[bool]:
    """By the beginning of a name or an address, or by a whole code.

    The deliveries of those few people are looked for first: in the order of the list, PostgreSQL would look through a whole distribution.
    """
    by_name = select(Customer.id).where(begins(Customer.name_key, words)).limit(MOST).subquery()
    by_email = select(Customer.id).where(Customer.email_key != "", begins(Customer.email_key, words)).limit(MOST).subquery()
    by_phone = select(Customer.id).where(Customer.phone != "", begins(Customer.phone, words)).limit(MOST).subquery()
    ways = [select(by_name.c.id), select(by_email.c.id), select(by_phone.c.id)]
    if by_code:
        code = aliased(Voucher)
        ways.append(select(code.customer_id).where(code.code_key == words, code.customer_id.is_not(None)))
    people = func.array(union(*ways).scalar_subquery(), type_=ARRAY(Uuid))
    theirs = aliased(Delivery)
    few = select(theirs.id).where(theirs.customer_id == func.any(people)).cte("of_few").prefix_with("MATERIALIZED")
    return Delivery.id == func.any(func.array(select(few.c.id).scalar_subquery(), type_=ARRAY(Uuid)))
