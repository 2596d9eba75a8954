"""Find a customer by its keys, or add one: the only module that makes a single customer (an import makes many at once)."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from domain.customers.identify.claim import claim
from domain.customers.identify.keys import CustomerKeys, of_facts
from domain.customers.identify.match import AmbiguousCustomer, match_keys
from domain.customers.profiles import customer_input, edit
from domain.customers.profiles.fields import BY_KEY, FIELDS
from domain.journal import audit, changed_facts
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer


def identify(
    session: Session, actor: Actor, keys: CustomerKeys, given: Callable[[], customer_input.CustomerInput], how: str, *, silent: bool = False
) -> Customer:
    """Who has these keys, or a new customer with the facts that `given` reads. Who had no id of the owner's yet is given the one in `keys`.

    Several callers with one new address get one customer: they wait for each other. `silent`: live distributions do not react to a new one.
    Raises AmbiguousCustomer, and Refused for wrong facts.
    """
    match = match_keys(session, keys)
    if match.customer is not None and not match.adopts:
        return match.customer
    claim(session, keys)
    match = match_keys(session, keys)
    if match.customer is None:
        return create(session, actor, given(), how, silent=silent)
    if match.adopts:
        edit.edit(session, actor, match.customer.id, customer_input.CustomerInput({"source_id": keys.source_id}, {}))
    return match.customer


def add(session: Session, actor: Actor, given: customer_input.CustomerInput, how: str = "by hand", *, another: bool = False) -> Customer:
    """A customer that a person adds. Raises Refused where somebody has the address or number, unless it is said to be `another` person."""
    keys = of_facts(given.columns)
    claim(session, keys)
    for field in () if another else ("email", "phone"):
        if given.columns.get(field) and (name := _known_by(session, CustomerKeys(**{field: getattr(keys, field)}))):
            raise Refused({field: f"{name} has this already. Tick “Another person” if two people share it."})
    return create(session, actor, given, how)


def _known_by(session: Session, keys: CustomerKeys) -> str:
    try:
        known = match_keys(session, keys).customer
    except AmbiguousCustomer:
        return "Several customers"
    return (known.name or "A customer without a name") if known is not None else ""


def create(session: Session, actor: Actor, given: customer_input.CustomerInput, how: str = "by hand", *, silent: bool = False) -> Customer:
    """A new customer, whoever else has the address. Raises Refused where nothing says who it is, or the id is taken."""
    if not any(given.columns.get(field.key) for field in FIELDS if field.finds):
        raise Refused({"": "Give a name, an e-mail address, a phone number or your id, so that the customer can be found again."})
    claim(session, of_facts(given.columns))
    customer_input.refuse_taken(session, given.columns.get("source_id"))
    now = clock.now(session)
    customer = Customer(
        **customer_input.stored(given.columns),
        details={key: value for key, value in given.details.items() if value is not None},
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    session.add(customer)
    session.flush()
    changed_facts.mark(session, [customer.id], [changed_facts.EVERYTHING], silent=silent)
    record(session, [NewEvent(customer.id, EventKind.CREATED, facts={"how": how, "by": actor.name})])
    audit.record(session, actor, "create customer", outside(Prefix.CUSTOMER, customer.id), after={"facts": _known(given)})
    return customer


def _known(given: customer_input.CustomerInput) -> list[str]:
    """Which facts are known: the audit trail cannot be changed, so it never holds what must be erasable."""
    columns = sorted(key for key, value in given.columns.items() if value != BY_KEY[key].empty)
    return columns + sorted(f"metadata.{k}" for k, v in given.details.items() if v is not None)
