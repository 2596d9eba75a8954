"""Does a connection work? Test connection in three steps, so that no transaction is open while the provider is asked."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from domain.connections import configured
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.connections import Connection
from integrations.contract import Check, Provider, Settings

if TYPE_CHECKING:
    from integrations.http import Http


PAUSE = datetime.timedelta(seconds=5)
"""Between two tests of one connection: it is a button, not a way to knock at other people's doors."""


@dataclass(frozen=True)
class ConnectionTest:
    """A connection to be tested, with everything the call needs."""

    connection_id: uuid.UUID
    provider: Provider
    settings: Settings
    at: int


def ask(session: Session, id: uuid.UUID) -> ConnectionTest:
    """Take the turn to test this connection; commit before calling. Raises Refused where it was tested a moment ago or cannot be."""
    connection = session.get_one(Connection, id, with_for_update={"key_share": True}, populate_existing=True)
    now = clock.now(session)
    if connection.checked_at is not None and connection.checked_at <= now < connection.checked_at + PAUSE:
        raise Refused({"": "This connection was tested a moment ago. Wait five seconds and test it again."})
    connection.checked_at = now
    try:
        provider, settings = configured.configured(session, id)
    except configured.Unusable as why:
        raise Refused({"": str(why)}) from why
    return ConnectionTest(id, provider, settings, int(now.timestamp()))


def call(http: Http, question: ConnectionTest) -> Check:
    """Ask the provider. No transaction is open now."""
    return question.provider.check(http, question.settings, question.at)


def record(session: Session, question: ConnectionTest, found: Check, actor: Actor) -> Connection:
    """Keep the answer as the connection's health."""
    connection = session.get_one(Connection, question.connection_id, with_for_update={"key_share": True}, populate_existing=True)
    connection.health = "working" if found.works else "failing"
    connection.health_reason = " ".join(found.problems)
    connection.checked_at = clock.now(session)
    audit.record(
        session, actor, "test connection", outside(Prefix.CONNECTION, connection.id), connection.name, after={"works": found.works}
    )
    return connection
