"""How does account mail leave? Through the connection for system mail: claimed, called without a transaction, recorded."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.journal import quarantine
from domain.journal.outgoing_mail import sender
from domain.kernel import clock, secrets
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.journal import OutgoingMail
from domain.tables.workspace import Sender
from domain.workspace.project.database_mark import may_send
from integrations.contract import Batch, Config, Fate, Message, Mode, Outcome, Provider, Settings, Stop, Takes

if TYPE_CHECKING:
    from integrations.http import Http  # brings requests along, which a clock never needs

LEASE = datetime.timedelta(minutes=3)
WAITS = tuple(datetime.timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720))
"""Between attempts; after the last one the letter has failed."""
OPEN_TO_ALL = frozenset({"sandbox"})
"""Whoever works here reads its inbox, and would read other people's one-time links there."""


class Impossible(Exception):
    """Letters cannot be sent now. Args: a sentence that says why."""


@dataclass(frozen=True)
class MailBatch:
    """Claimed letters with everything the call needs, so that no database is asked while it runs."""

    provider: Provider
    mode: Mode
    settings: Settings
    batch: Batch


def able(provider: Provider) -> Mode | None:
    """The mode of a provider that can carry account mail; None where it has none."""
    if provider.key in OPEN_TO_ALL:
        return None
    return next((m for m in provider.modes if m.channel == "email" and m.takes is Takes.TEXT), None)


def claim(session: Session, limit: int = 20) -> MailBatch | None:
    """Take letters that are due and say that a call begins; None where there are none. Commit before calling.

    Raises Impossible where they cannot be sent now.
    """
    now = clock.now(session)
    if not may_send(session):
        raise Impossible("This database looks like a restored backup. A clock looks at it within seconds.")
    found = session.scalars(
        select(OutgoingMail)
        .where(OutgoingMail.state.in_(("waiting", "open")), OutgoingMail.due_at <= now, text(quarantine.whole("mail", "letters.id")))
        .order_by(OutgoingMail.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not found:
        return None
    provider, mode, settings = _carrier(session)
    messages: dict[uuid.UUID, Message] = {}

    def open_it(letter: OutgoingMail) -> None:
        messages[letter.id] = _message(letter, sender(session), int(now.timestamp()))
        letter.state, letter.due_at, letter.attempts = "open", now + LEASE, letter.attempts + 1

    broken = quarantine.each(session, "mail", found[: mode.limits.items], open_it, lambda letter: letter.id)
    for one in broken:
        messages.pop(one.item.id, None)
    return MailBatch(provider, mode, settings, Batch(tuple(messages.values())))


def call(http: Http, bundle: MailBatch) -> Iterator[Outcome]:
    """Send them. No transaction is open now. A connection that cannot send answers LATER for each, with its reason."""
    unanswered = {m.id for m in bundle.batch.messages}
    try:
        for outcome in bundle.mode.send(http, bundle.settings, bundle.batch):
            unanswered.discard(outcome.message_id)
            yield outcome
    except (Stop, Config) as why:
        yield from (Outcome(id, Fate.LATER, str(why)) for id in sorted(unanswered))
        return
    yield from (Outcome(id, Fate.UNSURE, "The provider did not say what became of it.") for id in sorted(unanswered))


def record(session: Session, outcomes: list[Outcome]) -> list[OutgoingMail]:
    """Write down what became of them; those that have failed for good."""
    failed: dict[uuid.UUID, OutgoingMail] = {}

    def keep(outcome: Outcome) -> None:
        letter = session.get_one(OutgoingMail, uuid.UUID(outcome.message_id), with_for_update=True)
        letter.reason = outcome.reason
        if outcome.fate is Fate.LATER and letter.attempts <= len(WAITS):
            letter.state, letter.due_at = "waiting", clock.now(session) + WAITS[letter.attempts - 1]
            return
        letter.box, letter.state = b"", "failed" if outcome.fate in {Fate.REFUSED, Fate.LATER} else "sent"
        if letter.state == "failed":
            failed[letter.id] = letter
        else:
            letter.sent_at = clock.now(session)

    quarantine.each(session, "mail", outcomes, keep, lambda outcome: uuid.UUID(outcome.message_id))
    return list(failed.values())


def put_back(session: Session, bundle: MailBatch, reason: str) -> None:
    """A call broke in a way nobody foresaw: these letters are tried again later."""
    ids = [uuid.UUID(m.id) for m in bundle.batch.messages]
    later = clock.now(session) + WAITS[1]
    session.execute(
        update(OutgoingMail)
        .where(OutgoingMail.id.in_(ids), OutgoingMail.state == "open")
        .values(state="waiting", due_at=later, reason=reason)
    )


def _carrier(session: Session) -> tuple[Provider, Mode, Settings]:
    chosen = workspace.current_project(session).system_connection_id
    connection = session.get(Connection, chosen) if chosen else None
    if connection is None or sender(session) is None:
        raise Impossible("Choose a connection for system mail and a sender under Settings, Project.")
    if connection.paused_at is not None:
        raise Impossible(f"The connection “{connection.name}” is paused: {connection.paused_reason}")
    try:
        provider, settings = configured.configured(session, connection.id)
    except configured.Unusable as why:
        raise Impossible(str(why)) from why
    mode = able(provider)
    if mode is None:
        raise Impossible(f"“{connection.name}” cannot carry account mail.")
    return provider, mode, settings


def _message(letter: OutgoingMail, sender: Sender | None, at: int) -> Message:
    assert sender is not None
    content = secrets.decrypt(letter.box)
    parts = {
        "subject": content["subject"],
        "text": content["text"],
        "from_name": sender.name,
        "from_email": sender.email,
        "reply_to": sender.reply_to,
    }
    return Message(id=str(letter.id), address=letter.address, parts=parts, tags={"kind": letter.kind}, attempt_at=at)
