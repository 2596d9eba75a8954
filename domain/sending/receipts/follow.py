"""What does a receipt mean for the address and the person? The row of the table of consequences, carried out at once.

It is asked by whoever applies receipts (`apply.py`).
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.consents import change, opt_outs
from domain.customers.consents.suppressions import suppress, suppress_hash, take_back
from domain.customers.consents.unsubscribe import CUSTOMER
from domain.customers.identify.keys import stored_address
from domain.customers.identify.match import with_address
from domain.kernel.addresses import address_hash
from domain.sending.prepare.recipe import VersionBroken, served_version
from domain.sending.states.consequences import CONSEQUENCES
from domain.tables.connections import Connection
from domain.tables.customers import Permission
from domain.tables.workspace import Project
from integrations.contract import Happened, Receipt

_WROTE_TO = text("""
    SELECT EXISTS (SELECT FROM customers c JOIN deliveries d ON d.customer_id = c.id
        WHERE c.phone = :address AND c.phone <> '' AND d.connection_id = :connection AND d.address = :address AND d.sent_at IS NOT NULL)
""")


@dataclass(frozen=True)
class Meant:
    """The delivery a receipt is about."""

    id: uuid.UUID
    address: str
    customer_id: uuid.UUID


def follow(session: Session, connection: Connection, receipt: Receipt, about: Meant | None) -> None:
    """What it means for the address and the person. `about` None: the message is not ours, or it names none."""
    address = _address(session, receipt, about)
    kind = "email" if "@" in address else "phone"
    happened = receipt.because if receipt.happened is Happened.DROPPED and receipt.because else receipt.happened
    follows = CONSEQUENCES[happened]
    if follows.suppresses and address:
        suppress(session, kind, address, follows.suppresses, connection.name)
    if follows.lifts and address:
        take_back(session, kind, address, follows.lifts, connection.name)
    if follows.withdraws:
        _withdraw(session, connection, about, (kind, address_hash(kind, address)))


def _withdraw(session: Session, connection: Connection, about: Meant | None, at: opt_outs.Address) -> None:
    """The permission of the message; of a message that is not ours, the project's own, which is asked where nobody chose another."""
    id = _permission(session, about.id) if about is not None else session.query(Project.default_permission_id).scalar()
    permission = session.get(Permission, id) if id is not None else None
    if permission is None:
        if at[1]:  # nothing is asked for such messages, so only the list of addresses can keep the promise
            suppress_hash(session, *at, "unsubscribed", connection.name)
        return
    people = [about.customer_id] if about is not None else with_address(session, *at)
    change.withdraw(session, CUSTOMER, people, permission, f"by {connection.name}", [at] if at[1] else ())


def _address(session: Session, receipt: Receipt, about: Meant | None) -> str:
    """Which address it is about, as we store it. A platform knows people by ids: then it is the mail address of the customer."""
    written = receipt.address if about is None else about.address
    if "@" in written or written.startswith("+"):
        return stored_address("email" if "@" in written else "phone", written)
    if about is None:
        return written
    return session.execute(text("SELECT email FROM customers WHERE id = :id"), {"id": about.customer_id}).scalar_one_or_none() or ""


def _permission(session: Session, delivery_id: uuid.UUID) -> uuid.UUID | None:
    """The permission under which this message was sent; None also where its distribution can no longer be read."""
    row = session.execute(text("SELECT distribution_id, version, channel FROM deliveries WHERE id = :id"), {"id": delivery_id}).one()
    try:
        way = served_version(session, row.distribution_id, row.version).way(row.channel)
    except (VersionBroken, LookupError):
        return None
    return way.channel.permission_id if way is not None else None


def believed(session: Session, connection: Connection, receipt: Receipt, *, signed: bool) -> bool:
    """Whether a receipt counts for its address although no message of ours is known for it.

    Signed: always where it names the address alone, else where we know the address. Unsigned: a STOP from whom this connection wrote to.
    """
    if not receipt.address:
        return False
    if not signed:
        asked = {"address": receipt.address, "connection": connection.id}
        names_message = receipt.message_id or receipt.provider_id
        return receipt.happened is Happened.STOPPED and not names_message and bool(session.execute(_WROTE_TO, asked).scalar_one())
    if not receipt.message_id and not receipt.provider_id:
        return True
    kind = "email" if "@" in receipt.address else "phone"
    return bool(with_address(session, kind, address_hash(kind, stored_address(kind, receipt.address))))
