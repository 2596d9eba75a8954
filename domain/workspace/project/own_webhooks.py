"""How do webhooks of our own leave? One at a time through their connection: claimed, called without a transaction, recorded.

A row whose worker died is taken again after a while; the receiver recognises the repetition by `webhook-id`.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.journal import notices, quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables.connections import Connection
from domain.tables.journal import OutgoingWebhook
from integrations.contract import Batch, Config, Fate, Message, Mode, Settings, Stop

if TYPE_CHECKING:
    from integrations.http import Http  # brings requests along, which a clock never needs

LEASE = datetime.timedelta(minutes=3)


@dataclass(frozen=True)
class WebhookCall:
    """A claimed webhook with everything the call needs, so that no database is asked while it runs."""

    id: uuid.UUID
    mode: Mode
    settings: Settings
    message: Message


def claim(session: Session) -> WebhookCall | None:
    """Take one that is due, of a connection that is not paused; None where there is none. Commit before calling."""
    now = clock.now(session)
    query = (
        select(OutgoingWebhook, Connection)
        .join(Connection, Connection.id == OutgoingWebhook.connection_id)
        .where(OutgoingWebhook.state.in_(("waiting", "open")), OutgoingWebhook.due_at <= now, Connection.paused_at.is_(None))
        .where(text(quarantine.whole("webhooks", "outgoing_webhooks.id")))
        .order_by(OutgoingWebhook.due_at)
        .limit(1)
        .with_for_update(of=OutgoingWebhook, skip_locked=True)
    )
    taken: list[WebhookCall | None] = []
    while (found := session.execute(query).one_or_none()) is not None:
        quarantine.each(
            session, "webhooks", [found], lambda both: taken.append(_take(session, both[0], both[1], now)), lambda both: both[0].id
        )
        if taken and taken[-1] is not None:
            return taken[-1]
    return None


def _take(session: Session, row: OutgoingWebhook, connection: Connection, now: datetime.datetime) -> WebhookCall | None:
    """The call of this row; None where its connection can make none, and then it has failed."""
    try:
        provider, settings = configured.configured(session, connection.id)
    except configured.Unusable as why:
        _failed(session, row, connection, str(why))
        return None
    mode = configured.webhook_mode(provider)
    if mode is None:
        _failed(session, row, connection, "It can no longer post webhooks.")
        return None
    row.state, row.due_at, row.attempts = "open", now + LEASE, row.attempts + 1
    session.flush()
    parts = {"payload": row.body, "content_type": "application/json"}
    return WebhookCall(row.id, mode, settings, Message(f"own_{row.id.hex}", "", parts, attempt_at=int(now.timestamp())))


def call(http: Http, wanted: WebhookCall) -> tuple[Fate, str]:
    """Post it, and what became of it. No transaction is open now."""
    try:
        for outcome in wanted.mode.send(http, wanted.settings, Batch((wanted.message,))):
            return outcome.fate, outcome.reason
    except (Stop, Config) as why:
        return Fate.LATER, str(why)
    return Fate.UNSURE, "The receiver did not say what became of it."


def record(session: Session, wanted: WebhookCall, fate: Fate, reason: str) -> None:
    """Write down what became of it: what was not taken is tried again by the mode's schedule, then it has failed."""
    quarantine.each(session, "webhooks", [wanted], lambda one: _record(session, one, fate, reason), lambda one: one.id)


def _record(session: Session, wanted: WebhookCall, fate: Fate, reason: str) -> None:
    row = session.get_one(OutgoingWebhook, wanted.id, with_for_update=True, populate_existing=True)
    if fate is Fate.ACCEPTED:
        row.state, row.sent_at, row.reason = "sent", clock.now(session), ""
    elif fate is not Fate.REFUSED and row.attempts <= len(wanted.mode.retries):
        wait = datetime.timedelta(seconds=wanted.mode.retries[row.attempts - 1])
        row.state, row.due_at, row.reason = "waiting", clock.now(session) + wait, reason
    else:
        _failed(session, row, session.get_one(Connection, row.connection_id), reason)


def _failed(session: Session, row: OutgoingWebhook, connection: Connection, reason: str) -> None:
    row.state, row.reason = "failed", reason
    title = f"A webhook about a campaign could not be posted through “{connection.name}”"
    notices.raise_notice(session, "own_webhook", outside(Prefix.CONNECTION, connection.id), title, f"{reason} Check the connection.")
    session.flush()
