"""Forget a customer. An empty row stays, so that codes and counts still add up; the addresses' hashes stay on the suppression list."""

import uuid

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents.suppressions import suppress
from domain.customers.profiles import customer_input, fields
from domain.journal import audit, changed_facts
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.text.folding import fold
from domain.tables.connections import RawReceipt
from domain.tables.customers import Customer

_WIPED = (
    "UPDATE deliveries SET slots = NULL, address = '' WHERE customer_id = :id",
    "DELETE FROM exchanges WHERE delivery_id IN (SELECT id FROM deliveries WHERE customer_id = :id)",
    "UPDATE recipients SET facts = NULL WHERE customer_id = :id",
    "UPDATE events SET facts = '{}' WHERE customer_id = :id",
    "DELETE FROM test_sends WHERE customer_id = :id",
    "UPDATE orders SET metadata = '{}' WHERE customer_id = :id",
    "UPDATE order_items SET metadata = '{}' WHERE order_id IN (SELECT id FROM orders WHERE customer_id = :id)",
    """UPDATE import_remarks SET cells = NULL, text = 'The customer of this line was erased.', "column" = ''
       WHERE CAST(:source_id AS text) = ANY(cells)
          OR EXISTS (SELECT 1 FROM unnest(CAST(:needles AS text[])) n
                     WHERE position(n IN largesse_fold(text || coalesce(cells::text, ''))) > 0)""",
    """WITH gone AS (DELETE FROM segment_members m USING segments s
                     WHERE m.customer_id = :id AND s.id = m.segment_id AND s.kind = 'manual' RETURNING m.segment_id)
       INSERT INTO segment_size_deltas (segment_id, delta) SELECT segment_id, -1 FROM gone""",
)


def erase(session: Session, actor: Actor, id: uuid.UUID) -> None:
    """Forget everything about this customer. What waits to be sent is skipped when it is prepared. Nothing happens the second time."""
    customer = session.scalars(select(Customer).where(Customer.id == id).with_for_update()).one()
    if customer.erased_at is not None:
        return
    addresses = [address for address in (customer.email, customer.phone.lstrip("+")) if address]
    for kind, address in (("email", customer.email), ("phone", customer.phone)):
        suppress(session, kind, address, "erased")
    values = {"id": id, "source_id": customer.source_id, "needles": [fold(address) for address in addresses]}
    _empty(session, customer)
    for statement in _WIPED:
        session.execute(text(statement), values)
    for address in addresses:
        _wipe_receipts(session, address.lower().encode())
    changed_facts.mark(session, [id], [changed_facts.EVERYTHING])
    record(session, [NewEvent(id, EventKind.ERASED)])
    audit.record(session, actor, "erase customer", outside(Prefix.CUSTOMER, id))


def _empty(session: Session, customer: Customer) -> None:
    for key, value in customer_input.stored({field.key: field.empty for field in fields.FIELDS if field.personal}).items():
        setattr(customer, key, value)
    customer.details = {}
    customer.erased_at = customer.updated_at = clock.now(session)
    customer.row_version += 1
    customer.updated_by = ""
    session.flush()


def _wipe_receipts(session: Session, needle: bytes) -> None:
    """Blank an address inside raw receipts; what else these receipts say, about others too, stays to be applied."""
    mentions = text("position(lower(encode(CAST(:needle AS bytea), 'escape')) IN lower(encode(body, 'escape'))) > 0")
    for receipt in session.scalars(select(RawReceipt).where(mentions).params(needle=needle)):
        receipt.body = _blanked(receipt.body, needle)


def _blanked(body: bytes, needle: bytes) -> bytes:
    folded, at = body.lower(), 0
    while (at := folded.find(needle, at)) >= 0:
        body = body[:at] + b"x" * len(needle) + body[at + len(needle) :]
        folded = body.lower()
    return body
