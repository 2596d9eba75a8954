"""Add one customer."""

from sqlalchemy.orm import Session

from domain import clock
from domain.base import Prefix, outside
from domain.customers import facts
from domain.customers.models import Customer
from domain.events.record import Happening, Kind, record
from domain.project import audit
from domain.refused import Refused
from domain.segments import dirty


def create(session: Session, actor: audit.Actor, given: facts.Facts, how: str = "by hand") -> Customer:
    """A new customer. Raises Refused where nothing says who it is, or the id is taken."""
    if not any(given.columns.get(key) for key in ("name", "email", "phone", "source_id")):
        raise Refused({"": "Give a name, an e-mail address, a phone number or your id, so that the customer can be found again."})
    facts.refuse_taken(session, given.columns.get("source_id"))
    now = clock.now(session)
    customer = Customer(
        **facts.hashed(given.columns),
        details={key: value for key, value in given.details.items() if value is not None},
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    session.add(customer)
    session.flush()
    dirty.mark(session, [customer.id], [dirty.EVERYTHING])
    record(session, [Happening(customer.id, Kind.CREATED, facts={"how": how, "by": actor.name})])
    audit.record(session, actor, "create customer", outside(Prefix.CUSTOMER, customer.id), after={"facts": _known(given)})
    return customer


def _known(given: facts.Facts) -> list[str]:
    """Which facts are known: the audit trail cannot be changed, so it never holds what must be erasable."""
    return sorted(k for k, v in given.columns.items() if v) + sorted(f"metadata.{k}" for k, v in given.details.items() if v is not None)
