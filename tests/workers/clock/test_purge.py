"""What is old is forgotten in passes of a limited size, and what is young stays."""

import datetime
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import edit as connections
from domain.insight.home import quarter_sums
from domain.insight.operation import process_reports
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.tables.imports import Import
from domain.tables.workspace import User
from domain.workspace.signing_in import tries
from workers.clock import purge

ID = "CAST(lpad(to_hex((extract(epoch FROM AGO) * 1000)::bigint), 12, '0') || substr(md5(random()::text), 1, 20) AS uuid)"
"""An id of the age of its row, as UUIDv7 are."""
OLD, YOUNG = "interval '4 years'", "interval '1 minute'"
Forget = Callable[..., bool]


def rows(session: Session, table: str, columns: str, values: str, age: str, count: int) -> None:
    made = f"INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, {count})"
    session.execute(text(made.replace("AGO", f"now() - {age}")))


def raw_receipts(session: Session, age: str, count: int) -> None:
    webhook, _ = connections.create(session, SYSTEM, "webhook", f"Shop {age}", {"url": "https://shop.example.com/hook"})
    values = f"{ID}, '{webhook.id}', '{{}}', '', 'applied', '', AGO"
    rows(session, "raw_receipts", "id, connection_id, headers, body, state, reason, created_at", values, age, count)


def sent_as_tests(session: Session, age: str, count: int) -> None:
    webhook, _ = connections.create(session, SYSTEM, "webhook", f"Shop {age}", {"url": "https://shop.example.com/hook"})
    names = "id, connection_id, channel, address, parts, outcome, reason, sent_by, created_at"
    rows(
        session,
        "test_sends",
        names,
        f"{ID}, '{webhook.id}', 'email', 'a@b.example', '{{}}', 'accepted', '', '', AGO",
        age,
        count,
    )


def letters(session: Session, age: str, count: int) -> None:
    names = "id, kind, address, box, state, attempts, due_at, reason, created_at"
    rows(session, "letters", names, f"{ID}, 'notice', 'a@b.example', '', 'sent', 1, AGO, '', AGO", age, count)


HOOK = {"url": "https://shop.example/hook"}


def own_webhooks(session: Session, age: str, count: int) -> None:
    hook = session.scalar(text("SELECT id FROM connections")) or connections.create(session, SYSTEM, "webhook", "Shop", HOOK)[0].id
    names = "id, kind, connection_id, body, state, attempts, due_at, reason, created_at"
    rows(session, "outgoing_webhooks", names, f"{ID}, 'pool', '{hook}', '', 'sent', 1, AGO, '', AGO", age, count)


def wrong_tries(session: Session, age: str, count: int) -> None:
    rows(session, "tries", "key, count, last_at, free_at", "largesse_uuid7()::text, 1, AGO, AGO", age, count)


def kept_exchanges(session: Session, age: str, count: int) -> None:
    names = "delivery_id, at, url, headers, body, milliseconds, answer_headers, answer_body, reason, by"
    rows(session, "exchanges", names, "largesse_uuid7(), AGO, 'https://a.example', '{}', '', 1, '{}', '', '', ''", age, count)


def quarters(session: Session, age: str, count: int) -> None:
    rows(session, "quarters", "kind, at, subject_id, count", "'sent', AGO, largesse_uuid7(), 1", age, count)


def reports(session: Session, age: str, count: int) -> None:
    rows(session, "process_reports", "process, kind, at, report", "largesse_uuid7()::text, 'web', AGO, '{}'", age, count)


def steps(session: Session, age: str, count: int) -> None:
    rows(session, "delivery_steps", "id, delivery_id, at, state, reason", f"{ID}, largesse_uuid7(), AGO, 'ready', ''", age, count)


def audit(session: Session, age: str, count: int) -> None:
    names = "id, actor, actor_name, command, subject, subject_name, created_at"
    rows(session, "audit", names, f"{ID}, 'user_ann', 'Ann', 'edit segment', 'seg_1', 'Some', AGO", age, count)


def user_sessions(session: Session, age: str, count: int) -> None:
    person = User(
        email=f"{age}@a.example", email_key=age, name="Ann", role="viewer", created_at=clock.now(session), updated_at=clock.now(session)
    )
    session.add(person)
    session.flush()
    names = "id, user_id, word, last_seen_at, address, agent, waits_for_code, created_at"
    rows(session, "user_sessions", names, f"{ID}, '{person.id}', md5(random()::text), AGO, '', '', false, AGO", age, count)


EVERY = [
    ("delivery_steps", steps, purge.steps),
    ("audit", audit, purge.audit),
    ("user_sessions", user_sessions, purge.sessions),
    ("raw_receipts", raw_receipts, purge.receipts),
    ("test_sends", sent_as_tests, purge.messages_sent_as_tests),
    ("letters", letters, purge.mail),
    ("outgoing_webhooks", own_webhooks, purge.own_webhooks),
    ("tries", wrong_tries, tries.forget),
    ("exchanges", kept_exchanges, purge.exchanges),
    ("quarters", quarters, quarter_sums.forget),
    ("process_reports", reports, process_reports.forget),
]


@pytest.mark.parametrize(("table", "fill", "forget"), EVERY, ids=[one[0] for one in EVERY])
def test_a_pass_forgets_so_many_of_what_is_old_and_says_that_there_is_more(
    session: Session, table: str, fill: Callable[[Session, str, int], None], forget: Forget
) -> None:
    def left() -> int:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())

    before = left()
    fill(session, OLD, 5)
    fill(session, YOUNG, 2)

    assert forget(session, limit=3) is True
    assert left() == before + 4
    assert forget(session, limit=3) is False
    assert left() == before + 2


def test_remarks_go_with_the_age_of_their_import(session: Session) -> None:
    ids = {}
    for name, age in (("old", OLD), ("young", YOUNG)):
        since = session.execute(text(f"SELECT now() - {age}")).scalar_one()
        file = Import(file_name=f"{name}.csv", path="/nowhere", size=1, created_at=since, updated_at=since)
        session.add(file)
        session.flush()
        ids[name] = file.id
        names, values = 'import_id, line, left_out, while_merging, "column", text', f"'{ids[name]}', 1, true, false, '', 'x'"
        rows(session, "import_remarks", names, values, age, 4)

    assert purge.import_remarks(session, limit=3) is True
    assert purge.import_remarks(session, limit=3) is False

    assert set(session.scalars(text("SELECT import_id FROM import_remarks"))) == {ids["young"]}


def test_a_moved_clock_forgets_too(session: Session) -> None:
    wrong_tries(session, YOUNG, 2)
    clock.shift(session, datetime.timedelta(days=2))

    tries.forget(session)

    assert session.execute(text("SELECT count(*) FROM tries")).scalar_one() == 0
