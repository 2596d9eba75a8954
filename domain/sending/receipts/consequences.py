"""What does a receipt mean for the address and the person? Suppressions and withdrawn permissions, at once.

It is asked by whoever applies receipts (`receipts.py`).
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.consents import unsubscribe
from domain.customers.consents.suppressions import suppress, take_back
from domain.sending.prepare.recipe import VersionBroken, served_version
from domain.tables.connections import Connection
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
    """What it means for the address and the person."""
    address = _address(session, receipt, about)
    kind = "email" if "@" in address else "phone"
    match receipt.happened:
        case Happened.BOUNCED if receipt.permanent and address:
            suppress(session, kind, address, "bounced", connection.name)
        case Happened.COMPLAINED if address:
            suppress(session, kind, address, "complained", connection.name)
        case Happened.UNSUBSCRIBED if about is not None and not receipt.permanent:
            unsubscribe.one_click(session, about.customer_id, _permission(session, about.id))
        case Happened.UNSUBSCRIBED if address:
            suppress(session, kind, address, "stop" if kind == "phone" else "unsubscribed", connection.name)
        case Happened.RESUBSCRIBED:
            take_back(session, kind, address, "stop", connection.name)


def _address(session: Session, receipt: Receipt, about: Meant | None) -> str:
    """Which address it is about. A platform knows people by ids: then it is the mail address of the customer."""
    if about is None:
        return receipt.address
    if "@" in about.address or about.address.startswith("+"):
        return about.address
    return session.execute(text("SELECT email FROM customers WHERE id = :id"), {"id": about.customer_id}).scalar_one_or_none() or ""


def _permission(session: Session, delivery_id: uuid.UUID) -> uuid.UUID | None:
    """The permission under which this message was sent; None also where its distribution can no longer be read."""
    row = session.execute(text("SELECT distribution_id, version, channel FROM deliveries WHERE id = :id"), {"id": delivery_id}).one()
    try:
        way = served_version(session, row.distribution_id, row.version).way(row.channel)
    except (VersionBroken, LookupError):
        return None
    return way.channel.permission_id if way is not None else None


def wrote_to(session: Session, connection: Connection, receipt: Receipt) -> bool:
    """Whether this is a STOP from somebody who was written to by this connection."""
    if receipt.happened is not Happened.UNSUBSCRIBED or not receipt.address:
        return False
    return bool(session.execute(_WROTE_TO, {"address": receipt.address, "connection": connection.id}).scalar_one())
