"""The addresses a customer is given to say no: one for one permission, one for all of them.

They are made of a token bound to this purpose, this customer and this permission; they outlive a change of the secret key.
"""

import uuid
from collections.abc import Callable

from domain.kernel import secrets
from domain.kernel.public_paths import UNSUBSCRIBE

PURPOSE = "unsubscribe"


def unsubscribe_url(public_url: str, customer_id: uuid.UUID, permission_id: uuid.UUID | None) -> str:
    """The one-click address (RFC 8058) of this customer for this permission; without a permission, for everything."""
    subject = customer_id.hex if permission_id is None else f"{customer_id.hex}.{permission_id.hex}"
    return UNSUBSCRIBE.address(public_url, word=secrets.token(PURPOSE, subject))


def unsubscribe_urls(public_url: str, permission_id: uuid.UUID | None) -> Callable[[str], str]:
    """The same for a whole batch: from the customer's id, as hexadecimal digits, their address."""
    token, ending = secrets.tokens(PURPOSE), "" if permission_id is None else f".{permission_id.hex}"
    before, _, after = UNSUBSCRIBE.address(public_url, word="\0").partition("\0")
    return lambda customer: f"{before}{token(customer + ending)}{after}"


def preferences_url(public_url: str, customer_id: uuid.UUID) -> str:
    """The page on which this customer chooses what we may send."""
    return unsubscribe_url(public_url, customer_id, None)


def who(word: str) -> tuple[uuid.UUID, uuid.UUID | None] | None:
    """Customer and permission of the last part of such an address, or None where it was not made here."""
    subject = secrets.subject_of(PURPOSE, word)
    if subject is None:
        return None
    customer, _, permission = subject.partition(".")
    return uuid.UUID(hex=customer), uuid.UUID(hex=permission) if permission else None
