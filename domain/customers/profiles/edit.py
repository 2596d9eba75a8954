"""Change the facts of one customer."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.identify.claim import claim
from domain.customers.identify.keys import CustomerKeys
from domain.customers.profiles import customer_input, fields
from domain.journal import audit, changed_facts
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused, Stale
from domain.tables.customers import Customer


def edit(session: Session, actor: Actor, id: uuid.UUID, given: customer_input.CustomerInput, row_version: int | None = None) -> list[str]:
    """Change what differs; the names of the facts that did (`customer.city`, `metadata.spend`), as segments know them.

    Columns and keys that are not given stay. Raises Stale where somebody else saved since `row_version`, Refused for an
    erased customer or a taken id.
    """
    claim(session, CustomerKeys(source_id=given.columns.get("source_id") or ""))
    customer = session.scalars(
        select(Customer).where(Customer.id == id).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one()
    if customer.erased_at is not None:
        raise Refused({"": "This customer was erased; nothing can be written here any more."})
    columns = {key: value for key, value in given.columns.items() if not _says(customer, fields.BY_KEY[key], value)}
    details = {key: value for key, value in given.details.items() if _differs(customer.details.get(key), value)}
    if not columns and not details:
        return []
    if row_version is not None and row_version != customer.row_version:
        raise Stale(customer.updated_by, customer.updated_at, _now(customer, columns, details))
    customer_input.refuse_taken(session, columns.get("source_id"), but=customer)
    before = _counting(customer)
    for key, value in customer_input.stored(columns).items():
        setattr(customer, key, value)
    customer.details = {k: v for k, v in (customer.details | details).items() if v is not None}
    customer.row_version += 1
    customer.updated_at, customer.updated_by = clock.now(session), actor.name
    session.flush()
    moved = {key for key, value in _counting(customer).items() if value != before[key]}
    changed = sorted(f"customer.{key}" for key in moved | set(columns)) + sorted(f"metadata.{key}" for key in details)
    changed_facts.mark(session, [customer.id], [*changed, *(["consent", "suppressed"] if moved & {"email", "phone"} else [])])
    _tell(session, actor, customer, [name for name in changed if name.removeprefix("customer.") in columns or name.startswith("metadata.")])
    return changed


def _says(customer: Customer, field: fields.CustomerField, value: Any) -> bool:
    """Whether this is what the customer has already: what was typed, or what counts (a name that was made of others stays made of them)."""
    return bool(value == getattr(customer, field.column) or value == getattr(customer, field.key))


def _counting(customer: Customer) -> dict[str, Any]:
    return {field.key: getattr(customer, field.key) for field in fields.FIELDS}


def _tell(session: Session, actor: Actor, customer: Customer, given: list[str]) -> None:
    told = {"by": actor.name, "changed": {name: _shown(customer, name) for name in given}}
    record(session, [NewEvent(customer.id, EventKind.UPDATED, facts=told)])
    # Only the names: the audit trail cannot be changed, so it never holds what must be erasable.
    audit.record(session, actor, "edit customer", outside(Prefix.CUSTOMER, customer.id), after={"changed": given})


def _shown(customer: Customer, name: str) -> Any:
    noun, _, key = name.partition(".")
    return customer.details.get(key) if noun == "metadata" else fields.plain(getattr(customer, key))


def _differs(old: Any, new: Any) -> bool:
    if isinstance(old, bool) is not isinstance(new, bool):
        return True  # Python's True equals 1, a customer's does not
    return bool(old != new)


def _now(customer: Customer, columns: dict[str, Any], details: dict[str, Any]) -> dict[str, str]:
    given = [fields.BY_KEY[key] for key in columns]
    now = {field.label: field.words(getattr(customer, field.key)) or "empty" for field in given}
    return now | {key: str(customer.details.get(key, "empty")) for key in details}
