"""To what did an address say no? A permission belongs to a customer; a no belongs to the address too, known only by its hash.

So the no holds for whoever has the address next: somebody imported anew, a second profile, a customer who was erased and came back. It is
asked wherever the permission is, and lifted only by the person or by a member who says why.
"""

import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, text, tuple_
from sqlalchemy.orm import Session

from domain.customers.identify.match import with_address
from domain.journal import audit, changed_facts
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.tables.customers import AddressOptOut, Consent, Customer, Permission

Address = tuple[str, str]
"""`email` or `phone`, and the hash."""
OWN_ADDRESS = """
    SELECT 'email' AS kind, c.email_hash AS hash WHERE c.email_hash <> ''
    UNION ALL SELECT 'phone', c.phone_hash WHERE c.email_hash = '' AND c.phone_hash <> ''"""
"""SQL for the address that speaks for a customer `c`: the e-mail address, or the number of who has none."""
_OF_CUSTOMERS = text(f"""
    SELECT DISTINCT a.kind, a.hash FROM customers c CROSS JOIN LATERAL ({OWN_ADDRESS}) AS a
    WHERE c.id = ANY(:customers) AND c.erased_at IS NULL
""")
_SAY = text("""
    INSERT INTO address_opt_outs (permission_id, kind, hash, how, created_at)
    SELECT :permission, kind, hash, :how, :now FROM unnest(CAST(:kinds AS text[]), CAST(:hashes AS text[])) AS said (kind, hash)
    ORDER BY kind, hash ON CONFLICT DO NOTHING RETURNING kind, hash
""")


def say_no(session: Session, permission_id: uuid.UUID, addresses: Iterable[Address], how: str) -> int:
    """These addresses said no to the permission; for how many that is news. The first no stays, with its date."""
    listed = [address for address in addresses if address[1]]
    if not listed:
        return 0
    values = {"kinds": [kind for kind, _ in listed], "hashes": [hash for _, hash in listed], "how": how, "now": clock.now(session)}
    news = session.execute(_SAY, values | {"permission": permission_id}).all()
    for kind, hash in news:
        changed_facts.mark(session, with_address(session, kind, hash), ["consent"])
    return len(news)


def own_addresses(session: Session, customers: Sequence[uuid.UUID]) -> list[Address]:
    """The addresses that speak for these customers."""
    return [(row.kind, row.hash) for row in session.execute(_OF_CUSTOMERS, {"customers": list(customers)})]


def lift(session: Session, actor: Actor, customer: Customer, permission: Permission, why: str) -> None:
    """The person, or a member in their name, takes back what this customer's addresses said about the permission."""
    keys = _addresses(customer)
    if not keys:
        return
    given = delete(AddressOptOut).where(AddressOptOut.permission_id == permission.id, _at(keys))
    for kind, hash in session.execute(given.returning(AddressOptOut.kind, AddressOptOut.hash)).all():
        changed_facts.mark(session, with_address(session, kind, hash), ["consent"])
        audit.record(session, actor, "lift opt-out", f"{kind}:{hash}", permission.name, after={"why": why})


def of_customer(session: Session, customer: Customer) -> dict[uuid.UUID, AddressOptOut]:
    """By permission: what one of this customer's addresses said no to."""
    keys = _addresses(customer)
    if not keys:
        return {}
    rows = session.scalars(select(AddressOptOut).where(_at(keys)).order_by(AddressOptOut.created_at.desc()))
    return {row.permission_id: row for row in rows}


def held_back(session: Session, customers: Sequence[uuid.UUID], permission_id: uuid.UUID) -> set[uuid.UUID]:
    """Which of these customers said no to it, themselves or by an address of theirs: only they can lift that."""
    own = exists().where(Consent.customer_id == Customer.id, Consent.permission_id == permission_id, Consent.given.is_(False))
    return set(session.scalars(select(Customer.id).where(Customer.id.in_(customers), or_(own, said_no(permission_id)))))


def allowed(permission_id: uuid.UUID) -> ColumnElement[bool]:
    """Whether a customer (a row of `customers`) allows it now: given, and no address of theirs said no."""
    given = exists().where(Consent.permission_id == permission_id, Consent.customer_id == Customer.id, Consent.given)
    return and_(given, ~said_no(permission_id))


def said_no(permission_id: uuid.UUID | ColumnElement[uuid.UUID]) -> ColumnElement[bool]:
    """Whether an address of a customer (a row of `customers`) said no to it."""
    email = and_(AddressOptOut.kind == "email", AddressOptOut.hash == Customer.email_hash)
    phone = and_(AddressOptOut.kind == "phone", AddressOptOut.hash == Customer.phone_hash)
    return exists().where(AddressOptOut.permission_id == permission_id, or_(email, phone))


def _addresses(customer: Customer) -> list[Address]:
    return [(kind, hash) for kind, hash in (("email", customer.email_hash), ("phone", customer.phone_hash)) if hash]


def _at(keys: Sequence[Address]) -> ColumnElement[bool]:
    return tuple_(AddressOptOut.kind, AddressOptOut.hash).in_(keys)
