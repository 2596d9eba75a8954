"""Which customers fit? Prefix search and filters, read in pages that start after the last one seen."""

import dataclasses
import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text, union
from sqlalchemy.orm import Session, aliased

from domain.customers.consents.opt_outs import allowed
from domain.kernel.base import folded
from domain.kernel.text.folding import begins, fold, fold_in_sql
from domain.tables.customers import Customer, Member, Suppression

PAGE = 50


@dataclass(frozen=True)
class CustomerFilter:
    """What is asked of customers; what is empty is not asked."""

    text: str = ""
    """The beginning of a name, an e-mail address, a phone number, or the whole or the beginning of the owner's id."""
    segment_id: uuid.UUID | None = None
    country: str = ""
    city: str = ""
    has_email: bool | None = None
    has_phone: bool | None = None
    permission_id: uuid.UUID | None = None
    """Who has given it."""
    suppressed: bool | None = None
    created_from: datetime.datetime | None = None
    created_before: datetime.datetime | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is asked at all."""
        return self != CustomerFilter()

    @property
    def sparse(self) -> bool:
        """Whether several things are asked that may hardly fit anybody together."""
        return [getattr(self, one.name) != one.default for one in dataclasses.fields(self)].count(True) > 1

    @property
    def order(self) -> tuple[ColumnElement[Any], ...]:
        """Newest first: by the id, or, where days are asked, by the time, which has an index of its own."""
        dated = self.created_from or self.created_before
        return (Customer.created_at.expression, Customer.id.expression) if dated else (Customer.id.expression,)


def _searched(words: str) -> ColumnElement[bool]:
    key = folded(words)
    digits = "".join(c for c in words if c.isdigit())
    ways = [
        begins(Customer.name_key, key),
        and_(Customer.email_key != "", begins(Customer.email_key, key)),
        begins(Customer.source_id, words.strip()),
    ]
    if digits and not words.strip(" +0123456789()/-."):
        ways.append(and_(Customer.phone != "", begins(Customer.phone, f"+{digits}")))
    return or_(*ways)


def _conditions(asked: CustomerFilter) -> Iterator[ColumnElement[bool]]:
    yield Customer.erased_at.is_(None)
    if asked.text.strip():
        yield _searched(asked.text)
    if asked.segment_id:
        yield exists().where(Member.segment_id == asked.segment_id, Member.customer_id == Customer.id)
    if asked.country:
        yield and_(Customer.country != "", fold_in_sql(Customer.country) == fold(asked.country.strip()))
    if asked.city:
        yield and_(Customer.city != "", fold_in_sql(Customer.city) == fold(asked.city.strip()))
    if asked.created_from:
        yield Customer.created_at >= asked.created_from
    if asked.created_before:
        yield Customer.created_at < asked.created_before
    yield from _of_addresses(asked)


def _of_addresses(asked: CustomerFilter) -> Iterator[ColumnElement[bool]]:
    if asked.has_email is not None:
        yield Customer.email_key != "" if asked.has_email else Customer.email_key == ""
    if asked.has_phone is not None:
        yield Customer.phone != "" if asked.has_phone else Customer.phone == ""
    if asked.permission_id:
        yield allowed(asked.permission_id)
    if asked.suppressed is not None:
        yield from _suppressed() if asked.suppressed else _not_suppressed()


def _suppressed() -> Iterator[ColumnElement[bool]]:
    """From the list to its customers: there are few of them among many."""
    one = aliased(Customer)
    kinds = (("email", one.email_hash), ("phone", one.phone_hash))
    listed = (
        select(one.id).join(Suppression, Suppression.hash == hash).where(Suppression.kind == kind, hash != "") for kind, hash in kinds
    )
    yield Customer.id.in_(union(*listed))


def _not_suppressed() -> Iterator[ColumnElement[bool]]:
    for kind, hash in (("email", Customer.email_hash), ("phone", Customer.phone_hash)):
        yield ~exists().where(Suppression.kind == kind, Suppression.hash == hash)


def matching(asked: CustomerFilter) -> Select[Customer]:
    """The query for everybody who fits, without order."""
    return select(Customer).where(*_conditions(asked))


def page(
    session: Session, asked: CustomerFilter, after: uuid.UUID | None = None, size: int = PAGE
) -> tuple[list[Customer], uuid.UUID | None]:
    """The newest who fit, `size` at a time, and where the next page begins (None: this was the last)."""
    query = matching(asked).order_by(Customer.id.desc()).limit(size + 1)
    if after is not None:
        query = query.where(Customer.id < after)
    rows = list(session.scalars(query))
    return rows[:size], rows[size - 1].id if len(rows) > size else None


def everybody(session: Session, asked: CustomerFilter, size: int = 2_000) -> Iterator[list[Customer]]:
    """All who fit, batch by batch in short statements; the session keeps none of them."""
    after: uuid.UUID | None = None
    while True:
        rows, after = page(session, asked, after, size)
        yield rows
        session.expunge_all()
        if after is None:
            return


def how_many(session: Session) -> tuple[int, bool]:
    """How many customers there are, and whether that is exact: above 10,000 the database's own estimate is good enough."""
    few = select(func.count()).select_from(select(Customer.id).where(Customer.erased_at.is_(None)).limit(10_001).subquery())
    counted = session.scalar(few) or 0
    if counted <= 10_000:
        return counted, True
    about = session.scalar(text("SELECT reltuples::bigint FROM pg_class WHERE oid = 'customers'::regclass")) or 0
    return max(about, counted), False
