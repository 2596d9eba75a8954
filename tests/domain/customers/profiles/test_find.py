"""Search, filters, pages, the timeline, export and erasure."""

import datetime
import json
from collections.abc import Callable

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.customers.consents import change, suppressions
from domain.customers.profiles import customer_input, edit, erase, export, find
from domain.insight.customers import timeline
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.kernel.errors import Refused
from domain.tables.connections import Connection, RawReceipt
from domain.tables.customers import Customer, Permission
from domain.tables.journal import Audit, Event
from tests.cast import ANN

pytestmark = pytest.mark.every_locale


def names(session: Session, **asked: object) -> set[str]:
    return {c.name for c in find.page(session, find.CustomerFilter(**asked))[0]}


def test_the_beginning_of_a_name_address_number_or_id_finds(session: Session, dina: Customer, eli: Customer, finn: Customer) -> None:
    assert names(session, text="DINA") == {"Dina Okafor"}
    assert names(session, text="eli@st") == {"Eli Stone"}
    assert names(session, text="+44 7700 900124") == {"Eli Stone"}
    assert names(session, text="crm-") == {"Dina Okafor", "Eli Stone", "Finn"}
    assert names(session, text="CRM-") == set()
    assert names(session, text="100%") == set()


def test_filters_narrow_together(session: Session, dina: Customer, eli: Customer, finn: Customer, offers: Permission) -> None:
    suppressions.suppress(session, "phone", "+447700900124", "stop")

    assert names(session, has_phone=False) == {"Finn"}
    assert names(session, city=" bristol") == {"Dina Okafor"}
    assert names(session, country="gb") == {"Dina Okafor"}
    assert names(session, permission_id=offers.id) == {"Dina Okafor"}
    assert names(session, suppressed=True) == {"Eli Stone"}
    assert names(session, suppressed=False, has_phone=True) == {"Dina Okafor"}
    assert names(session, created_before=clock.now(session)) == set()
    assert names(session, created_from=clock.now(session)) == {"Dina Okafor", "Eli Stone", "Finn"}


def test_pages_follow_each_other_without_gap_or_overlap(session: Session, add: Callable[..., Customer]) -> None:
    made = [add(name=f"c{n}").id for n in range(7)]

    seen, after = [], None
    while True:
        rows, after = find.page(session, find.CustomerFilter(), after, size=3)
        seen += [c.id for c in rows]
        if after is None:
            break

    assert seen == made[::-1]
    assert [c.id for batch in find.everybody(session, find.CustomerFilter(), size=2) for c in batch] == made[::-1]
    assert find.how_many(session) == (7, True)


def test_the_timeline_is_one_stream_in_pages(session: Session, dina: Customer, offers: Permission) -> None:
    change.withdraw(session, ANN, [dina.id], offers, "unsubscribe link")
    edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": "Bath"}))

    first, after = timeline.page(session, dina.id, size=2)
    rest, end = timeline.page(session, dina.id, before=after, size=2)

    assert [(m.source, m.kind) for m in first + rest] == [
        ("event", "customer.updated"), ("permission", "withdrawn"), ("permission", "given"), ("event", "customer.created"),
    ]  # fmt: skip
    assert end is None
    assert first[0].facts["changed"] == {"customer.city": "Bath"}
    assert (first[1].name, first[1].detail) == ("Offers", "unsubscribe link")
    assert [m.source for m in timeline.page(session, dina.id, "permissions")[0]] == ["permission", "permission"]
    assert timeline.page(session, dina.id, "messages") == ([], None)


def test_an_export_holds_everything_and_is_audited(session: Session, dina: Customer) -> None:
    held = json.loads(json.dumps(export.export(session, ANN, dina.id)))

    assert held["email"] == "dina@okafor.example"
    assert held["permissions"][0]["name"] == "Offers"
    assert {e["kind"] for e in held["events"]} == {"customer.created", "customer.consents.given"}
    assert set(held) >= {
        "vouchers",
        "publications",
        "recipients",
        "deliveries",
        "segments",
        "permission_log",
        "test_messages",
        "suppressed",
    }
    assert session.scalars(select(Audit.command).order_by(Audit.id.desc()).limit(1)).one() == "export customer"


@pytest.fixture
def wake(session: Session, dina: Customer) -> RawReceipt:
    """Traces of Dina in every table that can hold one."""
    now = clock.now(session)
    connection = Connection(name="Mail", name_key="mail", provider="sendgrid", receipt_word="w", created_at=now, updated_at=now)
    session.add(connection)
    session.flush()
    receipt = RawReceipt(
        connection_id=connection.id, headers={}, body=b'[{"email":"Dina@okafor.example"},{"email":"eli@stone.example"}]', created_at=now
    )
    session.add(receipt)
    session.flush()
    values = {"c": dina.id, "r": new_id(), "d": new_id(), "k": connection.id, "now": now}
    recipient = """INSERT INTO recipients (id, distribution_id, once_key, customer_id, version, lane, facts, created_at)
                   VALUES (:r, :d, 'run', :c, 1, 'bulk', '{"city": "Bristol"}', :now)"""
    delivery = """INSERT INTO deliveries (created_at, recipient_id, distribution_id, customer_id, channel, connection_id, lane, version,
                                          address, slots)
                  VALUES (:now, :r, :d, :c, 'c1', :k, 'bulk', 1, 'dina@okafor.example', '{"s1": "Dina"}')"""
    test = """INSERT INTO test_sends (id, connection_id, customer_id, channel, address, parts, outcome, reason, sent_by, created_at)
              VALUES (:d, :k, :c, 'email', 'ann@maple.example', '{"text": "Hello Dina"}', 'accepted', '', '', :now)"""
    for statement in (recipient, delivery, test):
        session.execute(text(statement), values)
    return receipt


def test_erasing_leaves_an_empty_row_and_no_trace(session: Session, dina: Customer, eli: Customer, wake: RawReceipt) -> None:
    erase.erase(session, ANN, dina.id)
    session.expire_all()

    assert (dina.name, dina.email, dina.phone, dina.source_id, dina.city, dina.email_hash, dina.details) == ("", "", "", None, "", "", {})
    assert dina.erased_at is not None
    for table in ("deliveries", "recipients", "events", "test_sends", "customers", "audit", "dirty_customers"):
        rows = session.execute(text(f"SELECT t::text FROM {table} t WHERE t::text LIKE :id"), {"id": f"%{dina.id}%"}).scalars().all()
        assert not [row for row in rows if any(word in row for word in ("Dina", "dina", "Bristol", "Bath", "7700"))], table
    assert b"dina" not in wake.body.lower()
    assert b"eli@stone.example" in wake.body
    assert names(session) == {"Eli Stone"}


def test_an_erased_address_stays_suppressed_and_the_row_closed(session: Session, dina: Customer) -> None:
    erase.erase(session, ANN, dina.id)
    erase.erase(session, ANN, dina.id)

    assert suppressions.suppress(session, "email", "DINA@okafor.example", "by hand") is False
    with pytest.raises(Refused, match="was erased"):
        edit.edit(session, ANN, dina.id, customer_input.read(session, {"city": "Bath"}))
    assert (
        session.scalars(select(Event.kind).where(Event.customer_id == dina.id).order_by(Event.id.desc()).limit(1)).one()
        == "customer.erased"
    )
    assert dina.erased_at - clock.now(session) == datetime.timedelta()
