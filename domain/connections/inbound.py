"""What providers tell us unasked: believed or not at the door, kept as it came, read by whoever applies it."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.kernel import clock
from domain.kernel.nudges import nudge
from domain.tables.connections import Connection, RawReceipt
from integrations.contract import Received, Request

KEPT_HEADERS = frozenset({"content-type"})


def by_word(session: Session, word: str) -> Connection | None:
    """The connection whose receipts come to this address. A connection that was put away still hears about what it sent."""
    return session.scalars(select(Connection).where(Connection.receipt_word == word)).one_or_none()


def take(session: Session, connection: Connection, headers: Mapping[str, str], body: bytes, url: str) -> Received | None:
    """Check a post at the door and keep it where it is genuine; what to answer, or None where this connection takes none."""
    provider = configured.provider_of(connection)
    if provider.receive is None:
        return None
    received = provider.receive(configured.settings_of(connection, provider), Request(headers, body, url))
    if received.genuine and received.receipts:
        kept = {name: value for name, value in headers.items() if name in KEPT_HEADERS}
        kept |= {"signed": "yes" if received.signed else "", "url": url}
        session.add(RawReceipt(connection_id=connection.id, headers=kept, body=body, created_at=clock.now(session)))
        session.flush()
        nudge(session, "receipts")
    return received


def read(session: Session, raw: RawReceipt) -> Received:
    """The receipts of a kept post. Its signature was checked at the door; `signed` says whether there was one. Raises Unusable."""
    connection = session.get_one(Connection, raw.connection_id)
    provider = configured.provider_of(connection)
    if provider.receive is None:
        raise configured.Unusable(f"“{connection.name}” takes no receipts.")
    request = Request({k: v for k, v in raw.headers.items() if k in KEPT_HEADERS}, raw.body, raw.headers.get("url", ""), checked=True)
    received = provider.receive(configured.settings_of(connection, provider), request)
    return Received(received.receipts, received.genuine, bool(raw.headers.get("signed")), received.reply, received.reply_type)
