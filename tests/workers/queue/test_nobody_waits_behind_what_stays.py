"""What is looked at in limited parts: as many rows as one part holds stand first in line and cannot be served; who comes later still is."""

import datetime
import inspect
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import edit, inbound, secret_rotation
from domain.journal import jobs, outgoing_mail, outgoing_webhooks
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.sending.receipts import apply
from domain.tables.connections import Connection, RawReceipt
from domain.tables.journal import Job
from tests.integrations.recordings import webhook
from tests.sending import a_connection, a_project, a_segment, codes_to_segment, customers_of
from tests.workers.house import House
from workers.clock import purge
from workers.clock.tasks import TASKS
from workers.queue.by_name import function_of

AT_ONCE = 2
LONG_AGO = datetime.timedelta(days=4_000)


@dataclass(frozen=True)
class Line:
    """`arrange` lets `AT_ONCE` rows that cannot be served stand before one that can; `look` looks once; `served` counts the served ones."""

    arrange: Callable[[House], None]
    look: Callable[[Session], object]
    served: str


def secrets_to_forget(house: House) -> None:
    with house.session() as session:
        for n in range(AT_ONCE + 1):
            connection, _ = edit.create(session, SYSTEM, "webhook", f"Shop {n}", {"url": "https://shop.example/", "secret": webhook.SECRET})
            edit.change(session, SYSTEM, connection, 1, f"Shop {n}", {"url": "https://shop.example/", "secret": webhook.OLD})
            connection.forget_at = clock.now(session) - datetime.timedelta(minutes=10 - n)
            if n < AT_ONCE:
                connection.secrets = b"of a key that is gone"


def late_receipts(house: House) -> None:
    with house.session() as session:
        codes_to_segment(session, people=1)
    house.tick()
    with house.session() as session:
        message = session.scalars(text("SELECT 'dlv_' || replace(id::text, '-', '') FROM deliveries")).one()
        connection = session.query(Connection).one()
        connection.provider, connection.config = "sendgrid", {"region": "global", "verification_key": ""}
        for known in [f"dlv_{uuid.uuid4().hex}"] * AT_ONCE + [message]:
            body = json.dumps([{"event": "delivered", "largesse_message": known}]).encode()
            inbound.take(session, connection, {}, body, "")
        session.flush()
        session.execute(text("UPDATE raw_receipts SET state = 'unknown'"))


def all_late_receipts(session: Session) -> None:
    after = apply.apply_late(session, limit=AT_ONCE)
    while after is not None:
        after = apply.apply_late(session, after, limit=AT_ONCE)


def open_jobs(house: House) -> None:
    with house.session() as session:
        for n in range(jobs.AT_ONCE + 1):
            session.add(Job(kind="never", title=str(n), state="running", created_at=clock.now(session)))
            session.flush()


def ask_for_jobs(session: Session) -> None:
    """Who is asked for ends, where it is the last one: the others go on for ever."""
    last = session.scalars(text("SELECT id FROM jobs ORDER BY id DESC LIMIT 1")).one()
    if last in jobs.open_jobs(session):
        session.execute(text("UPDATE jobs SET state = 'done' WHERE id = :id"), {"id": last})


def old_events(house: House) -> None:
    with house.session() as session:
        a_project(session)
        (person,) = customers_of(session, a_segment(session, 1).id)
        record(session, [NewEvent(person, EventKind.UPDATED) for _ in range(AT_ONCE + 1)])
        session.execute(text("DELETE FROM event_work"))
        old = "SELECT id FROM events WHERE kind = 'customer.updated' ORDER BY id"
        session.execute(text(f"INSERT INTO event_work (event_id, lane) SELECT id, 'trigger' FROM ({old} LIMIT {AT_ONCE}) AS first"))
        session.execute(text(f"DELETE FROM events WHERE id NOT IN ({old})"))


def old_receipts(house: House) -> None:
    with house.session() as session:
        connection = a_connection(session)
        for state in ["pending"] * AT_ONCE + ["applied"]:
            session.add(RawReceipt(connection_id=connection.id, headers={}, body=b"{}", state=state, created_at=clock.now(session)))
            session.flush()


def old_mail(house: House) -> None:
    with house.session() as session:
        a_project(session)
        for state in ["waiting"] * AT_ONCE + ["sent"]:
            outgoing_mail.write(session, "invite", "cy@maple.example", "Come in", "Here.").state = state
            session.flush()


def old_webhooks(house: House) -> None:
    with house.session() as session:
        a_project(session)
        shop = a_connection(session, "webhook", config={"url": "http://127.0.0.1:9/hook", "headers": ""})
        for state in ["waiting"] * AT_ONCE + ["sent"]:
            outgoing_webhooks.write(session, "pool", shop.id, "campaign.pool.low", {}).state = state
            session.flush()


def old_texts(house: House) -> None:
    with house.session() as session:
        codes_to_segment(session, people=AT_ONCE + 1)
    house.tick()
    with house.session() as session:
        first = f"SELECT id FROM deliveries ORDER BY id LIMIT {AT_ONCE}"
        session.execute(text(f"UPDATE deliveries SET state = 'ready' WHERE id IN ({first})"))
        session.execute(text("UPDATE deliveries SET slots = '{}' WHERE slots IS NULL"))


def long_afterwards(forget: Callable[..., bool]) -> Callable[[Session], object]:
    """The same look when everything is old."""

    def look(session: Session) -> object:
        clock.shift(session, LONG_AGO)
        more = forget(session, AT_ONCE)
        while more:
            more = forget(session, AT_ONCE)
        return more

    return look


def line_of_waiting(table: str, stay: str) -> str:
    return f"SELECT {AT_ONCE} + 1 - count(*) FROM {table} WHERE {stay}"


LINES: dict[str, Line] = {
    "secrets.forget_replaced": Line(
        secrets_to_forget, lambda session: secret_rotation.forget(session, AT_ONCE), line_of_waiting("connections", "forget_at IS NOT NULL")
    ),
    "receipts.apply_late": Line(late_receipts, all_late_receipts, "SELECT count(*) FROM deliveries WHERE state = 'delivered'"),
    "jobs.open": Line(open_jobs, ask_for_jobs, "SELECT count(*) FROM jobs WHERE state = 'done'"),
    "events.purge": Line(old_events, long_afterwards(purge.events), line_of_waiting("events", "true")),
    "receipts.purge": Line(old_receipts, long_afterwards(purge.receipts), line_of_waiting("raw_receipts", "true")),
    "mail.purge": Line(old_mail, long_afterwards(purge.mail), line_of_waiting("letters", "true")),
    "webhooks.purge": Line(old_webhooks, long_afterwards(purge.own_webhooks), line_of_waiting("outgoing_webhooks", "true")),
    "message_texts.purge": Line(old_texts, long_afterwards(purge.texts_of_messages), line_of_waiting("deliveries", "slots IS NOT NULL")),
}
NOTHING_STAYS = {
    "leases.expire", "deliveries.fold_counts", "codes.fold_counts", "exchanges.purge", "delivery_steps.purge", "audit.purge",
    "sessions.purge", "test_messages.purge", "import_remarks.purge", "tries.purge", "process_reports.purge", "home.purge_quarters",
    "provider_calls.purge", "pictures.forget_unused", "holds.purge",
}  # fmt: skip
"""Tasks with a limit whose every row is done with, or broken and passed over, once it was looked at."""


@pytest.mark.parametrize("task", LINES)
def test_who_comes_behind_what_cannot_be_served_is_served(house: House, task: str) -> None:
    line = LINES[task]
    line.arrange(house)

    for _ in range(40):
        with house.session() as session:
            line.look(session)
        with house.session() as session:
            served = session.execute(text(line.served)).scalar_one()
        if served:
            break

    assert served == 1


def test_every_task_with_a_limit_is_asked() -> None:
    limited = {task.key for task in TASKS if task.run and "limit" in inspect.signature(function_of(task.run)).parameters}

    assert limited <= LINES.keys() | NOTHING_STAYS
    assert limited >= NOTHING_STAYS
