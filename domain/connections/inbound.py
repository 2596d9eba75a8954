"""What providers tell us unasked: believed or not at the door, kept as it came, read by whoever applies it.

The door judges the signature, over the bytes as they came; what a signed post says is judged later. What nobody signed is read at once,
so that nothing is kept that says nothing.
"""

import dataclasses
import datetime
import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.kernel.nudges import nudge
from domain.tables.connections import Connection, RawReceipt
from domain.tables.workspace import Project, current_project, public_url
from integrations.contract import UNSIGNED, Received, Request, Signature

KEPT_HEADERS = frozenset({"content-type"})
BELIEVED_FOR = datetime.timedelta(days=3)
"""The age of a signature up to which it is believed: longer than any provider repeats a post that was not taken. Posts, and with them the
digests that keep a repetition out, are kept longer than that."""
AHEAD = datetime.timedelta(minutes=10)
"""How far a provider's clock may be before ours."""

_KEEP = text("""
    INSERT INTO raw_receipts (id, created_at, connection_id, headers, body, state, reason, digest)
    VALUES (:id, :now, :connection, CAST(:headers AS jsonb), :body, 'pending', '', :digest)
    ON CONFLICT (digest) WHERE digest IS NOT NULL DO NOTHING
""")
_WAITING = text("SELECT coalesce(sum(bytes), 0) FROM receipts_waiting")


class DoorVerdict(enum.Enum):
    """What the door says to a post."""

    TAKEN = enum.auto()
    """Kept, or kept before, or it says nothing."""
    FORGED = enum.auto()
    TOO_OLD = enum.auto()
    NOT_TAKEN_HERE = enum.auto()


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """What became of a post, and what to answer where it was taken."""

    verdict: DoorVerdict
    signed: bool = True
    """False: believed for its address alone; the door counts how many of those come."""
    reply: str = ""
    reply_type: str = "text/plain"


def by_word(session: Session, word: str) -> Connection | None:
    """The connection whose receipts come to this address. A connection that was put away still hears about what it sent."""
    return session.scalars(select(Connection).where(Connection.receipt_word == word)).one_or_none()


def door(session: Session, word: str) -> tuple[Connection, str] | None:
    """The same with the public address of this installation, which some providers sign, and the time, in one statement."""
    asked = select(Connection, Project, clock.NOW).outerjoin(Project, Project.id == 1).where(Connection.receipt_word == word)
    row = session.execute(asked).one_or_none()
    if row is None:
        return None
    connection, project, now = row
    clock.known(session, now)
    return connection, public_url(project or current_project(session))


def waiting(session: Session) -> int:
    """Bytes of all posts that wait to be applied."""
    return int(session.execute(_WAITING).scalar_one())


def take(session: Session, connection: Connection, headers: Mapping[str, str], body: bytes, url: str) -> DoorAnswer:
    """Judge a post, and keep it where it is believed. Raises Unusable where its settings cannot be read."""
    provider = configured.provider_of(connection)
    if provider.receive is None:
        return DoorAnswer(DoorVerdict.NOT_TAKEN_HERE)
    settings, request = configured.settings_of(connection, provider), Request(headers, body, url)
    signature = provider.signature(settings, request) if provider.signature else UNSIGNED
    if signature.genuine and not signature.signed:
        received = provider.receive(settings, request)
        signature = Signature(received.genuine, received.signed, reply=received.reply, reply_type=received.reply_type)
        if received.genuine and not received.receipts:
            return DoorAnswer(DoorVerdict.TAKEN, received.signed, received.reply, received.reply_type)
    if not signature.genuine:
        return DoorAnswer(DoorVerdict.FORGED)
    now = clock.now(session)
    if signature.at and not now - BELIEVED_FOR < datetime.datetime.fromtimestamp(signature.at, datetime.UTC) < now + AHEAD:
        return DoorAnswer(DoorVerdict.TOO_OLD)
    kept = Request({k: v for k, v in headers.items() if k in KEPT_HEADERS}, body, url)
    _keep(session, connection, kept, signature.signed, signature.covers)
    return DoorAnswer(DoorVerdict.TAKEN, signature.signed, signature.reply, signature.reply_type)


def take_checked(session: Session, connection: Connection, body: bytes) -> bool:
    """Keep what was fetched by ourselves, once; False where it says nothing. Raises Unusable."""
    provider = configured.provider_of(connection)
    if provider.receive is None:
        return False
    request = Request({}, body, "", checked=True)
    if not provider.receive(configured.settings_of(connection, provider), request).receipts:
        return False
    _keep(session, connection, request, signed=True)
    return True


def _keep(session: Session, connection: Connection, request: Request, signed: bool, covers: bytes = b"") -> None:
    """Keep a post; a signed one that was kept before is left as it is, however its address or what nobody signed was changed since."""
    kept = {**request.headers, "signed": "yes" if signed else "", "url": request.url}
    values = {"id": new_id(), "now": clock.now(session), "connection": connection.id, "headers": json.dumps(kept), "body": request.body}
    session.execute(_KEEP, values | {"digest": _digest(connection, covers or request.body) if signed else None})
    nudge(session, "receipts")


def _digest(connection: Connection, covers: bytes) -> bytes:
    """The same for the same words to the same connection, whenever they were signed."""
    return hashlib.sha256(b"\0".join((connection.id.bytes, covers))).digest()


def read(session: Session, raw: RawReceipt) -> Received:
    """The receipts of a kept post. Its signature was checked at the door; `signed` says whether there was one. Raises Unusable."""
    connection = session.get_one(Connection, raw.connection_id)
    provider = configured.provider_of(connection)
    if provider.receive is None:
        raise configured.Unusable(f"“{connection.name}” takes no receipts.")
    request = Request({k: v for k, v in raw.headers.items() if k in KEPT_HEADERS}, raw.body, raw.headers.get("url", ""), checked=True)
    received = provider.receive(configured.settings_of(connection, provider), request)
    return dataclasses.replace(received, signed=bool(raw.headers.get("signed")))
