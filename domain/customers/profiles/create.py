"""Add one customer."""

from sqlalchemy.orm import Session

from domain.customers.profiles import input as facts
from domain.customers.profiles.fields import BY_KEY, FIELDS
from domain.journal import audit, changed_facts
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer


def create(session: Session, actor: Actor, given: facts.Facts, how: str = "by hand") -> Customer:
    """A new customer. Raises Refused where nothing says who it is, or the id is taken."""
    if not any(given.columns.get(field.key) for field in FIELDS if field.finds):
        raise Refused({"": "Give a name, an e-mail address, a phone number or your id, so that the customer can be found again."})
    facts.refuse_taken(session, given.columns.get("source_id"))
    now = clock.now(session)
    customer = Customer(
        **facts.stored(given.columns),
        details={key: value for key, value in given.details.items() if value is not None},
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    session.add(customer)
    session.flush()
    changed_facts.mark(session, [customer.id], [changed_facts.EVERYTHING])
    record(session, [NewEvent(customer.id, EventKind.CREATED, facts={"how": how, "by": actor.name})])
    audit.record(session, actor, "create customer", outside(Prefix.CUSTOMER, customer.id), after={"facts": _known(given)})
    return customer


def _known(given: facts.Facts) -> list[str]:
    """Which facts are known: the audit trail cannot be changed, so it never holds what must be erasable."""
    columns = sorted(key for key, value in given.columns.items() if value != BY_KEY[key].empty)
    return columns + sorted(f"metadata.{k}" for k, v in given.details.items() if v is not None)
