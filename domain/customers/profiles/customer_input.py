"""What does a person type about a customer, and what is stored for it? One place for the form, the API and the wizard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.identify.keys import CustomerKeys
from domain.customers.identify.match import match_keys, with_email
from domain.customers.profiles import fields, metadata, readers
from domain.kernel import clock
from domain.kernel.addresses import address_hash
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from domain.tables.workspace import Project


@dataclass(frozen=True)
class CustomerInput:
    """Checked values: `columns`, by the keys of `fields.FIELDS`, and `details`, the metadata (None takes a key away)."""

    columns: dict[str, Any]
    details: dict[str, Any]


def reading(session: Session) -> tuple[readers.Reading, str]:
    """What reading depends on in this project, and its time zone."""
    found = session.execute(select(Project.dial_code, Project.zone)).one_or_none()
    dial_code, zone = found or ("", "UTC")
    return readers.Reading(today=clock.now(session).date(), dial_code=dial_code), zone


def read(session: Session, typed: Mapping[str, str], details: Mapping[str, str] | None = None) -> CustomerInput:
    """Check what was typed. Raises Refused with every mistake at once; metadata's stand under `metadata.<key>`."""
    how, zone = reading(session)
    columns: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for key, value in typed.items():
        try:
            columns[key] = fields.read(key, value, how)
        except ValueError as wrong:
            mistakes[key] = str(wrong)
    known = metadata.types(session)
    values: dict[str, Any] = {}
    for key, value in (details or {}).items():
        try:
            values[key] = metadata.read(value, known.get(key, "text"), how, zone)
        except ValueError as wrong:
            mistakes[f"metadata.{key}"] = str(wrong)
    if mistakes:
        raise Refused(mistakes)
    return CustomerInput(columns, values)


def stored(columns: Mapping[str, Any]) -> dict[str, Any]:
    """What is written for these values: the column each stands in, and the hashes of the addresses among them."""
    hashes = {f"{f.key}_hash": address_hash(f.key, columns[f.key]) for f in fields.FIELDS if f.address and f.key in columns}
    return {fields.BY_KEY[key].column: value for key, value in columns.items()} | hashes


def refuse_taken(session: Session, source_id: str | None, but: Customer | None = None) -> None:
    """Raises Refused where another customer has this `source_id`."""
    if not source_id:
        return
    taken = match_keys(session, CustomerKeys(source_id=source_id)).customer
    if taken is not None and (but is None or taken.id != but.id):
        raise Refused({"source_id": f"{taken.name or 'Another customer'} already has the id “{source_id}”."})


def sharing(session: Session, email: str, but: Customer | None = None) -> list[Customer]:
    """Other customers with this e-mail address (it need not be unique), at most five."""
    if not email:
        return []
    return [c for c in with_email(session, email, 6) if but is None or c.id != but.id][:5]
