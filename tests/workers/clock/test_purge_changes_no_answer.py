"""Everything that can be forgotten is forgotten, and nothing is answered otherwise: members, recipients, reports, what can be redeemed."""

import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.conditions import sql
from domain.customers.consents.suppressions import suppress
from domain.customers.facts.catalogue import known, moment
from domain.customers.segments import create
from domain.insight.reports import causes, explain, report
from domain.journal import audit, events
from domain.kernel import clock
from domain.sending.calls import resend
from domain.tables import metadata
from domain.tables.customers import Customer, Segment
from domain.tables.distributions import Distribution
from domain.tables.sending import Delivery
from domain.workspace.project import retention
from tests.scenes import ANN
from tests.sending import codes_to_segment
from tests.workers.house import House
from workers.clock import purge
from workers.clock.tasks import TASKS
from workers.queue.by_name import function_of

HISTORY = {"events", "delivery_steps", "audit", "raw_receipts", "exchanges", "test_sends", "letters", "import_remarks", "user_sessions",
           "sign_in_failures", "purge_progress", "clock_tasks", "quarters", "outgoing_webhooks"}  # fmt: skip
"""Tables from which lines may go. Of every other one each value stays, but for the texts of messages."""
LATER = datetime.timedelta(days=5 * 365)


@pytest.fixture
def lived(house: House) -> House:
    """An installation that sent, was answered, and gave codes that were used: all of it five years ago."""
    with house.session() as session:
        sent = codes_to_segment(session, people=6)
        sent.status = "draft"
        for how in ("received", "skipped", "bounced"):
            create.dynamic(session, ANN, f"{how} it", {"fact": "delivery", "is": how, "value": str(sent.id)})
        create.dynamic(session, ANN, "holders", {"fact": "voucher.held", "is": "more_than", "value": 0})
        create.dynamic(session, ANN, "users", {"fact": "voucher.redeemed", "is": "more_than", "value": 0})
        fourth = session.scalars(select(Customer).order_by(Customer.id)).all()[3]
        suppress(session, "email", fourth.email, "bounced")
    house.tick()
    with house.session() as session:
        session.execute(text("UPDATE distributions SET status = 'sending'"))
    for _ in range(3):
        house.tick()
    with house.session() as session:
        used = text("""
            WITH one AS (SELECT id, campaign_id FROM vouchers WHERE state = 'assigned' ORDER BY id LIMIT 2), uses AS (
                INSERT INTO redemptions (id, at, noun, result, source, voucher_id, campaign_id, minor)
                SELECT largesse_uuid7(), :now, 'voucher', 'succeeded', 'file', id, campaign_id, 900 FROM one)
            UPDATE vouchers v SET redeemed = 1, redeemed_at = :now, redeemed_minor = 900 FROM one WHERE one.id = v.id""")
        session.execute(used, {"now": clock.now(session)})
        gone = session.scalars(select(Delivery).where(Delivery.state == "accepted").order_by(Delivery.id)).first()
        assert gone is not None
        session.execute(
            text("INSERT INTO delivery_steps (delivery_id, at, state, reason) VALUES (:id, :now, 'delivered', '')"),
            {"id": gone.id, "now": clock.now(session)},
        )
        events.record(session, [events.NewEvent(gone.customer_id, events.EventKind.REDEEMED)])
        events.record(session, [events.NewEvent(gone.customer_id, events.EventKind.UPDATED)])
        audit.record(session, ANN, "edit customer", "cust_1", "Dina")
    house.tick()
    with house.session() as session:
        clock.shift(session, LATER)
    return house


def rows(session: Session) -> dict[str, Any]:
    """Table -> a digest of every value that may not change."""
    digests = {}
    for table in metadata.sorted_tables:
        if table.name in HISTORY:
            continue
        columns = ", ".join(f'"{c.name}"::text' for c in table.columns if (table.name, c.name) != ("deliveries", "slots"))
        line = f"SELECT concat_ws('|', {columns}) AS line FROM {table.name}"
        digests[table.name] = session.execute(text(f"SELECT count(*), md5(string_agg(line, '' ORDER BY line)) FROM ({line}) AS t")).one()
    return digests


def answers(session: Session) -> dict[str, Any]:
    """What pages, segments and programs are told."""
    facts, now = known(session), moment(session)
    people = session.scalars(select(Customer).order_by(Customer.id)).all()
    told: dict[str, Any] = {}
    for segment in session.scalars(select(Segment).where(Segment.condition.is_not(None))):
        told[f"condition of {segment.name}"] = sorted(session.scalars(select(Customer.id).where(sql.where(segment.condition, facts, now))))
    for row in session.scalars(select(Distribution)):
        plan = report.plan_of(session, row)
        told[f"report of {row.name}"] = (
            report.progress(session, row), report.funnel(session, row, report.redeemed(session, row, plan), True),
            report.by_channel(session, row), causes.causes(session, row), [_explained(session, row, person) for person in people],
        )  # fmt: skip
    return told


def _explained(session: Session, row: Distribution, customer: Customer) -> tuple[Any, ...]:
    said = explain.explain(session, row, customer)
    return said.answer, said.got, said.audience, said.whole, said.ways, len(said.stored)


def forget_all(house: House) -> None:
    """Every task that forgets, until it says that there is no more."""
    for task in TASKS:
        if "purge" in task.key:
            more = True
            while more:
                with house.session() as session:
                    more = function_of(task.run)(session) is True


def history(session: Session) -> dict[str, int]:
    tables = ("events", "delivery_steps", "audit")
    counts = {table: int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()) for table in tables}
    return counts | {"slots": int(session.execute(text("SELECT count(slots) FROM deliveries")).scalar_one())}


def test_no_answer_changes_and_nobody_is_woken(lived: House) -> None:
    with lived.session() as session:
        before, told, there = rows(session), answers(session), history(session)
    lived.waiting.clear()

    forget_all(lived)

    with lived.session() as session:
        left = history(session)
        assert all(there[kind] > left[kind] for kind in there), "there was something to forget"
        assert left["slots"] == left["audit"] == left["delivery_steps"] == 0
        assert rows(session) == before
        assert answers(session) == told
    assert list(lived.waiting) == []


def test_what_decides_stays_in_the_record_of_events(lived: House) -> None:
    with lived.session() as session:
        unread = session.scalars(text("SELECT id FROM events WHERE kind = :kind LIMIT 1"), {"kind": events.EventKind.UPDATED}).one()
        session.execute(text("INSERT INTO event_work (event_id, lane) VALUES (:id, 'trigger')"), {"id": unread})

    forget_all(lived)

    with lived.session() as session:
        assert session.execute(text("SELECT kind FROM events WHERE id = :id"), {"id": unread}).scalar_one(), "somebody has to react to it"
        kinds = session.scalars(text("SELECT kind FROM events WHERE id <> :id"), {"id": unread}).all()
        assert events.EventKind.REDEEMED in kinds
        assert not set(kinds) & set(purge.HISTORY)


def test_a_project_that_keeps_history_for_ever_loses_none(lived: House) -> None:
    with lived.session() as session:
        project = retention.current_project(session)
        retention.edit(session, ANN, project, project.row_version, {one.key: 0 for one in retention.RETENTIONS})
        there = history(session)

    forget_all(lived)

    with lived.session() as session:
        assert history(session) == there


def test_a_message_whose_text_is_forgotten_is_not_offered_to_be_sent_again(lived: House) -> None:
    forget_all(lived)

    with lived.session() as session:
        assert not any(resend.may(session, one) for one in session.scalars(select(Delivery)))


def test_passes_are_limited_and_go_on_where_they_were(lived: House) -> None:
    left = [5]
    more = True
    while more:
        with lived.session() as session:
            more = purge.texts_of_messages(session, limit=2)
            left.append(history(session)["slots"])

    assert left[-1] == 0
    assert all(0 <= before - after <= 2 for before, after in pairwise(left))


@pytest.mark.parametrize("one", retention.RETENTIONS, ids=lambda one: one.key)
def test_every_kind_of_history_has_a_pass_that_asks_how_long_it_is_kept(one: retention.Retention) -> None:
    assert f'"{one.key}"' in Path(purge.__file__).read_text()
