"""The customer's own word, given on the page behind a link. Effective at once, for messages that wait, too."""

import uuid
from collections.abc import Set
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.consents import change, opt_outs, permissions
from domain.customers.consents.suppressions import of_customer, suppress, take_back
from domain.kernel.actor import Actor
from domain.tables.customers import Consent, Customer, Permission

CUSTOMER = Actor("customer", "The customer")
BY_LINK = "unsubscribe link"
BY_PAGE = "preference page"


@dataclass(frozen=True)
class Choice:
    """One permission, as the customer sees it."""

    permission: Permission
    given: bool


def choices(session: Session, customer_id: uuid.UUID) -> list[Choice]:
    """Every permission, with this customer's present word on it."""
    mine = select(Consent.permission_id).join(Customer, Customer.id == Consent.customer_id).where(Customer.id == customer_id, Consent.given)
    given = set(session.scalars(mine.where(~opt_outs.said_no(Consent.permission_id.expression))))
    return [Choice(permission, permission.id in given) for permission in permissions.every(session)]


def one_click(session: Session, customer_id: uuid.UUID, permission_id: uuid.UUID | None) -> bool:
    """No more of what the link is about; whether the customer still exists. Without a permission: no more of anything."""
    customer = session.get(Customer, customer_id)
    if customer is None or customer.erased_at is not None:
        return False
    if permission_id is None:
        stop_all(session, customer)
        return True
    permission = session.get(Permission, permission_id)
    if permission is not None:
        change.withdraw(session, CUSTOMER, [customer.id], permission, BY_LINK)
    return True


def stop_all(session: Session, customer: Customer, how: str = BY_LINK) -> None:
    """Withdraw everything, and never write to the e-mail address again."""
    for permission in permissions.every(session):
        change.withdraw(session, CUSTOMER, [customer.id], permission, how)
    suppress(session, "email", customer.email, "unsubscribed", how)


def silenced_by(session: Session, customer: Customer) -> str:
    """Why the e-mail address is never written to, or empty; a permission alone then changes nothing."""
    return next((suppression.reason for suppression in of_customer(session, customer) if suppression.kind == "email"), "")


def choose(session: Session, customer: Customer, wanted: Set[uuid.UUID]) -> None:
    """Exactly these permissions from now on. Who wanted nothing at all, and chooses something now, takes that back."""
    if wanted:
        take_back(session, "email", customer.email, "unsubscribed", BY_PAGE)
    for choice in choices(session, customer.id):
        if choice.permission.id in wanted and not choice.given:
            change.give_again(session, CUSTOMER, customer, choice.permission, BY_PAGE, BY_PAGE)
        elif choice.permission.id not in wanted and choice.given:
            change.withdraw(session, CUSTOMER, [customer.id], choice.permission, BY_PAGE)
