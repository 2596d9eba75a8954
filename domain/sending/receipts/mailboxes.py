"""Which mailbox is looked into next for mails that came back, and what came of it? One row each: a broken one waits, and stops nobody.

A look holds no transaction. Each mail is kept like a post to the door of receipts before it is deleted there, so whoever is killed in
between costs no more than a second look at it: the same mail is kept once.
"""

import datetime
import uuid
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import configured, inbound
from domain.journal import notices, quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.kernel.nudges import nudge
from domain.tables.connections import Connection, Mailbox
from domain.workspace.project.database_mark import may_send
from integrations.contract import Collected, Provider, Settings

EVERY = datetime.timedelta(seconds=60)
"""Between two looks into a mailbox."""
LOOKING = datetime.timedelta(minutes=3)
"""How long nobody else looks into a mailbox that somebody looks into."""
SLOWEST = datetime.timedelta(minutes=30)
"""Between two looks into one that cannot be read."""
TELLS_AFTER = 3
"""Looks that failed one after another, some minutes in all, after which people are told."""
NOTICE = "mailbox"
MOST_LEFT = 5_000
"""Mails that are no reports, of which a mailbox may hold so many; of more the newest are remembered, and older ones fetched again."""
LANE = "mailboxes"
_DUE = text(f"""
    SELECT connection_id FROM mailboxes WHERE due_at <= :now AND {quarantine.whole(LANE, "connection_id")}
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
""")
_UNREADABLE = text("""
    SELECT c.name, m.problem, m.failures FROM mailboxes m JOIN connections c ON c.id = m.connection_id
    WHERE m.failures >= :many AND c.archived_at IS NULL ORDER BY c.name_key
""")


@dataclass(frozen=True)
class Look:
    """A mailbox to be looked into now."""

    connection_id: uuid.UUID
    provider: Provider
    settings: Settings = field(repr=False)
    left_before: tuple[str, ...] = ()


def ask(session: Session) -> None:
    """For the clock: give every mailbox a row, take it from those that are none any more, and ask for a look where one is due."""
    now = clock.now(session)
    wanted = {c.id for c in session.query(Connection).where(Connection.archived_at.is_(None)) if _has_mailbox(c)}
    have = {row.connection_id: row for row in session.query(Mailbox)}
    for gone in have.keys() - wanted:
        _forget(session, have[gone])
    session.add_all(Mailbox(connection_id=id, due_at=now) for id in wanted - have.keys())
    session.flush()
    if wanted and session.execute(text("SELECT EXISTS (SELECT FROM mailboxes WHERE due_at <= :now)"), {"now": now}).scalar_one():
        nudge(session, "mailboxes")


def _has_mailbox(connection: Connection) -> bool:
    try:
        provider = configured.provider_of(connection)
        settings = {one.key: str(connection.config.get(one.key, one.default)) for one in provider.fields}
        return provider.collects is not None and provider.collects(settings)
    except configured.Unusable:
        return False


def claim(session: Session) -> Look | None:
    """The mailbox that waited longest; nobody else looks meanwhile. Commit before looking. None where none is due.

    A restored copy of a database deletes no mail: only the one that may send looks.
    """
    now, taken = clock.now(session), list[Look]()
    if not may_send(session):
        return None
    while not taken and (id := session.execute(_DUE, {"now": now}).scalar()) is not None:
        quarantine.each(session, LANE, [id], lambda one: taken.extend(_take(session, one, now)))
    return taken[0] if taken else None


def _take(session: Session, id: uuid.UUID, now: datetime.datetime) -> list[Look]:
    row = session.get_one(Mailbox, id, populate_existing=True)
    row.due_at = now + LOOKING
    try:
        provider, settings = configured.configured(session, id)
    except configured.Unusable as why:
        _failed(session, row, str(why))
        return []
    if provider.collect is not None:
        return [Look(id, provider, settings, tuple(row.left_ids))]
    _forget(session, row)
    return []


def _forget(session: Session, row: Mailbox) -> None:
    notices.resolve(session, NOTICE, outside(Prefix.CONNECTION, row.connection_id))
    session.delete(row)
    session.flush()


def keep(session: Session, id: uuid.UUID, mail: bytes) -> bool:
    """Keep a mail for those who apply receipts, once; False where it says nothing to us. Commit before it is deleted in the mailbox."""
    return inbound.take_checked(session, session.get_one(Connection, id), mail)


def record(session: Session, look: Look, found: Collected) -> None:
    """Write down what a look brought, and when the next one is due."""
    quarantine.each(session, LANE, [look], lambda one: _record(session, one, found), lambda one: one.connection_id)


def _record(session: Session, look: Look, found: Collected) -> None:
    row = session.get(Mailbox, look.connection_id)
    if row is None:
        return
    row.taken += found.taken
    row.left_alone += found.left
    row.left_ids = list(found.left_ids[-MOST_LEFT:])
    if found.problem:
        _failed(session, row, found.problem)
        return
    if row.failures:
        notices.resolve(session, NOTICE, outside(Prefix.CONNECTION, row.connection_id))
    now = clock.now(session)
    row.looked_at, row.failures, row.problem = now, 0, ""
    row.due_at = now if found.more else now + EVERY
    session.flush()


def _failed(session: Session, row: Mailbox, why: str) -> None:
    row.failures += 1
    row.problem = why
    row.due_at = clock.now(session) + min(EVERY * 2 ** min(row.failures, 10), SLOWEST)
    if row.failures >= TELLS_AFTER:
        title = f"Mails that come back to “{session.get_one(Connection, row.connection_id).name}” cannot be read"
        body = f"{why} Bounces and complaints are not known of meanwhile. Check its mailbox on the page of the connection."
        notices.raise_notice(session, NOTICE, outside(Prefix.CONNECTION, row.connection_id), title, body)
    session.flush()


def unreadable(session: Session) -> list[str]:
    """A sentence for each mailbox that people were told of, for the doctor."""
    rows = session.execute(_UNREADABLE, {"many": TELLS_AFTER})
    return [f"{row.name}: {row.problem} That is so for {row.failures:,} looks." for row in rows]


def of(session: Session, id: uuid.UUID) -> Mailbox | None:
    """What is known of the mailbox of a connection, for its page."""
    return session.get(Mailbox, id)
