"""Who has these keys? The first key that is given and fits decides: id, the owner's id, e-mail address, phone number."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from domain.customers.identify.keys import CustomerKeys, email_key, phone_key
from domain.kernel.text.folding import fold
from domain.tables.customers import Customer


class AmbiguousCustomer(Exception):
    """No id was given, and several customers have this address. Args: `e-mail address` or `phone number`."""


@dataclass(frozen=True, slots=True)
class KeyMatch:
    """Who is meant, or nobody."""

    customer: Customer | None = None
    adopts: bool = False
    """This customer has no id of the owner's yet: the given one is theirs."""


def match_keys(session: Session, keys: CustomerKeys) -> KeyMatch:
    """Who has these keys, asked in one statement. Raises AmbiguousCustomer."""
    ways = _ways(keys)
    if not ways:
        return KeyMatch()
    fits = [way.label(f"fits_{kind}") for kind, way in ways]
    query = select(Customer, *fits).where(or_(*(way for _, way in ways)), Customer.erased_at.is_(None))
    query = query.order_by(*(fit.desc() for fit in fits)).limit(len(ways) + 1)
    rows = session.execute(query, execution_options={"populate_existing": True}).all()
    for n, (kind, _) in enumerate(ways):
        if found := [row[0] for row in rows if row[n + 1]]:
            return _decide(keys, kind, found)
    return KeyMatch()


def _ways(keys: CustomerKeys) -> list[tuple[str, ColumnElement[bool]]]:
    ways: list[tuple[str, ColumnElement[bool]]] = []
    if keys.id:
        ways.append(("id", Customer.id == keys.id))
    if keys.source_id:
        ways.append(("source_id", Customer.source_id == keys.source_id))
    if keys.email:
        ways.append(("email", Customer.email_key == keys.email))
    if keys.phone:
        ways.append(("phone", Customer.phone == keys.phone))
    return ways


def _decide(keys: CustomerKeys, kind: str, found: list[Customer]) -> KeyMatch:
    if kind in {"id", "source_id"}:
        return KeyMatch(found[0])
    if keys.source_id and not keys.is_word:  # an id nobody has: this address's only customer, if that one still lacks an id
        lacking = len(found) == 1 and found[0].source_id is None
        return KeyMatch(found[0], adopts=True) if lacking else KeyMatch()
    if len(found) > 1 and keys.id and not keys.is_word:
        return KeyMatch()
    if len(found) > 1:
        raise AmbiguousCustomer("e-mail address" if kind == "email" else "phone number")
    return KeyMatch(found[0])


def with_address(session: Session, kind: str, hash: str) -> list[uuid.UUID]:
    """Everybody who has the `email` or `phone` with this hash."""
    return list(session.scalars(_with_hash(kind, hash).with_only_columns(Customer.id)))


def somebody_with_address(session: Session, kind: str, hash: str) -> Customer | None:
    """One of them."""
    return session.scalars(_with_hash(kind, hash).limit(1)).one_or_none()


def _with_hash(kind: str, hash: str) -> Select[Customer]:
    column = Customer.email_hash if kind == "email" else Customer.phone_hash
    return select(Customer).where(column == hash, column != "")


def with_email(session: Session, email: str, most: int) -> Sequence[Customer]:
    """Customers with this e-mail address (it need not be unique), at most so many."""
    return session.scalars(select(Customer).where(Customer.email_key == fold(email), Customer.erased_at.is_(None)).limit(most)).all()


def owners(session: Session, words: Sequence[str], dial_code: str = "") -> dict[str, set[uuid.UUID]]:
    """For many words at once, each an owner's id, e-mail address or phone number: whom each names."""
    mails = {word: email_key(word) for word in words if "@" in word}
    phones = {word: phone_key(word, dial_code) for word in words if word.startswith("+")}
    ways: list[ColumnElement[bool]] = [Customer.source_id.in_(words)]
    if mails:
        ways.append(Customer.email_key.in_(mails.values()) & (Customer.email_key != ""))
    if phones:
        ways.append(Customer.phone.in_(phones.values()) & (Customer.phone != ""))
    query = select(Customer.id, Customer.source_id, Customer.email_key, Customer.phone)
    known: dict[tuple[int, Any], set[uuid.UUID]] = {}
    for id, *keys in session.execute(query.where(Customer.erased_at.is_(None), or_(*ways))):
        for n, key in enumerate(keys):
            known.setdefault((n, key), set()).add(id)
    return {word: known.get((0, word)) or known.get((1, mails.get(word))) or known.get((2, phones.get(word))) or set() for word in words}
