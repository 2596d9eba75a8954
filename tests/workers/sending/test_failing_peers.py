"""One slow or failing peer never stops the rest: what an outage costs, who goes on, and what is said about it."""

import datetime
import threading
import time
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import text

import settings
from domain.connections import breaker, edit
from domain.insight.reports import causes
from domain.kernel import clock
from domain.kernel.actor import SYSTEM, Actor
from domain.tables.connections import Connection, RateBudget
from domain.tables.distributions import Distribution
from tests.integrations.peer import Peer, answering
from tests.integrations.recordings import sendgrid as recorded_sendgrid
from tests.integrations.recordings import twilio as recorded_twilio
from tests.integrations.recordings import webhook as recorded_webhook
from tests.integrations.recordings.smtp import Sink, serving
from tests.integrations.recordings.smtp import settings as smtp_settings
from tests.integrations.replies import Reply, Seen
from tests.sending import codes_to_segment, states
from tests.workers.house import House
from workers.sending import dispatcher

ANN = Actor("user_ann", "Ann")
MAIL = {"subject": "Yours", "text": "{{ voucher.code }}", "from_email": "hello@maple.example", "from_name": "Maple"}
BODY = {"payload": '{"code": "{{ voucher.code }}"}'}
OK: Reply = (202, {"X-Message-Id": "abc"}, b"")


@pytest.fixture(autouse=True)
def hurried(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Deadlines at a hundredth."""
    monkeypatch.setenv("LARGESSE_ALLOW_PRIVATE", "127.0.0.0/8")
    monkeypatch.setenv("LARGESSE_CALL_SECONDS", "0.15")
    monkeypatch.setenv("LARGESSE_BATCH_CALL_SECONDS", "0.6")
    for cache in (settings.current, dispatcher.http):
        cache.cache_clear()
    yield
    dispatcher.http.cache_clear()


def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual deadlines, where nothing is to run out."""
    monkeypatch.setenv("LARGESSE_CALL_SECONDS", "15")
    monkeypatch.setenv("LARGESSE_BATCH_CALL_SECONDS", "60")
    for cache in (settings.current, dispatcher.http):
        cache.cache_clear()


def later(house: House, seconds: float) -> None:
    with house.session() as session:
        clock.shift(session, datetime.timedelta(seconds=seconds))


def mails(house: House, peer: Peer, people: int, batch: int | None = None) -> Distribution:
    with house.session() as session:
        connection, _ = edit.create(session, SYSTEM, "sendgrid", "News", recorded_sendgrid.settings(peer.url), batch=batch)
        return codes_to_segment(session, people, connection=connection, mode="mail", parts=MAIL)


def hooks(house: House, url: str, people: int, name: str = "Shop") -> Distribution:
    with house.session() as session:
        connection, _ = edit.create(session, SYSTEM, "webhook", name, recorded_webhook.settings(url))
        return codes_to_segment(session, people, connection=connection, mode="webhook", parts=BODY)


def recipients(peer: Peer) -> list[int]:
    return [seen.body.count(b'"to"') for seen in peer.seen]


@pytest.mark.parametrize("reply", [(500, {}, b"oh"), (502, {}, b""), "cut", (200, {}, b"<html>Welcome to nginx</html>")])
def test_an_outage_costs_the_calls_under_way_and_one_more(house: House, reply: Reply) -> None:
    with answering(lambda seen: reply) as peer:
        distribution = mails(house, peer, 300, batch=20)
        for _ in range(5):
            house.tick()

        carried = recipients(peer)
        assert len(carried) <= 4 + 1
        assert all(many <= 20 for many in carried)
        with house.session() as session:
            told = states(session, distribution)
            assert told["unsure"] == sum(carried)
            assert session.get_one(Distribution, distribution.id).status == "sending", "it is not done: the others wait"
            assert session.execute(text("SELECT kind, grave FROM notices")).all() == [("failing", True)]
            reserved = session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'free'")).scalar_one()
            assert reserved >= 300 - 5 * 20 - 200


def test_one_message_probes_after_a_minute_then_two_and_all_go_on_when_it_is_taken(house: House) -> None:
    works = threading.Event()
    with answering(lambda seen: OK if works.is_set() else (500, {}, b"")) as peer:
        distribution = mails(house, peer, 50, batch=5)
        house.tick()
        before = len(peer.seen)
        for seconds, more in ((30, 0), (31, 1), (60, 0), (61, 1), (200, 0), (41, 1)):
            later(house, seconds)
            house.tick()
            house.tick()
            assert recipients(peer)[before:] == [1] * more, seconds
            before = len(peer.seen)

        with house.session() as session:
            assert session.execute(text("SELECT count(*) FROM notices WHERE kind = 'failing'")).scalar_one() == 1, "one an outage"
            unsure = states(session, distribution)["unsure"]
            assert session.query(Connection).one().health == "failing"
        works.set()
        later(house, 481)
        for _ in range(3):
            house.tick()

    assert recipients(peer)[before] == 1
    with house.session() as session:
        assert states(session, distribution) == {"unsure": unsure, "accepted": 50 - unsure}
        assert session.query(Connection).one().health == "working"
        open_ones = text("SELECT count(*) FROM notices WHERE kind = 'failing' AND resolved_at IS NULL")
        assert session.execute(open_ones).scalar_one() == 0
        assert session.get_one(Distribution, distribution.id).status == "done"


def test_waits_between_trials_double_up_to_half_an_hour_and_a_person_need_not_wait(house: House) -> None:
    with house.session() as session:
        connection, _ = edit.create(session, SYSTEM, "sendgrid", "News", recorded_sendgrid.settings("https://api.example"))
        waits = []
        for _ in range(9):
            breaker.went_badly(session, connection.id, "mail", "SendGrid answered 500.")
            row = session.get_one(RateBudget, (connection.id, "mail"))
            waits.append((row.probe_at - clock.now(session)).total_seconds() if row.probe_at else 0)
            clock.shift(session, datetime.timedelta(seconds=waits[-1]))
        assert waits == pytest.approx([0, 60, 120, 240, 480, 960, 1800, 1800, 1800], abs=1)

        breaker.went_badly(session, connection.id, "mail", "SendGrid answered 500.")
        assert breaker.take_turn(session, connection.id, "mail", 10) == 0
        assert breaker.try_now(session, connection, ANN)
        assert breaker.take_turn(session, connection.id, "mail", 10) == 1
        assert breaker.take_turn(session, connection.id, "mail", 10) == 0, "one at a time"


def test_a_turn_that_a_killed_worker_took_runs_out(house: House) -> None:
    with house.session() as session:
        connection, _ = edit.create(session, SYSTEM, "sendgrid", "News", recorded_sendgrid.settings("https://api.example"))
        breaker.went_badly(session, connection.id, "mail", "SendGrid answered 500.")
        assert breaker.take_turn(session, connection.id, "mail", 10) == 1
        assert breaker.take_turn(session, connection.id, "mail", 10) == 0
        clock.shift(session, breaker.TURN)
        assert breaker.take_turn(session, connection.id, "mail", 10) == 1


@pytest.mark.parametrize("reply", ["452 4.2.2 The mailbox is full", "450 4.2.0 Greylisted"])
def test_one_full_mailbox_holds_up_nobody_else(house: House, monkeypatch: pytest.MonkeyPatch, reply: str) -> None:
    unhurried(monkeypatch)
    sink = Sink()
    with serving(sink) as port, house.session() as session:
        connection, _ = edit.create(session, SYSTEM, "smtp", "Relay", smtp_settings(port) | {"signing": "none"})
        distribution = codes_to_segment(session, 30, connection=connection, mode="mail", parts=MAIL)
        full = session.execute(text("SELECT email FROM customers ORDER BY id LIMIT 1")).scalar_one()
        sink.rcpt[full] = reply
        second = codes_to_segment(session, 5, connection=connection, mode="mail", parts=MAIL)
        session.commit()
        house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 29, "ready": 1}
        assert states(session, second) == {"accepted": 5}, "another distribution by the same connection goes out at once"
        (cause,) = causes.causes(session, session.get_one(Distribution, distribution.id))
        assert (cause.state, cause.count, cause.words) == ("ready", 1, reply)
        assert cause.next_at is not None
        assert cause.next_at > clock.now(session), "the report says until when it waits"
        assert session.execute(text("SELECT count(*) FROM rate_budgets WHERE wait_until IS NOT NULL OR bad_calls > 0")).scalar_one() == 0


def test_silent_peers_leave_threads_to_the_rest(house: House) -> None:
    """Six webhooks that never answer, and one that does: it is served while they are waited for."""
    with answering(lambda seen: "silence") as silent, answering(lambda seen: (200, {}, b"")) as fine:
        slow = [hooks(house, silent.url, 40, f"Silent {n}") for n in range(6)]
        quick, before = hooks(house, fine.url, 40, "Fine"), hooks(house, fine.url, 40, "Fine, too")
        began = time.monotonic()
        house.send(before.id)
        alone = time.monotonic() - began
        runs = [threading.Thread(target=house.send, args=(one.id,)) for one in slow]
        for run in runs:
            run.start()
        began = time.monotonic()
        house.send(quick.id)
        beside = time.monotonic() - began
        for run in runs:
            run.join(20)

    with house.session() as session:
        assert states(session, quick) == {"accepted": 40}
        assert all("accepted" not in states(session, one) for one in slow)
    assert beside < 5 + 10 * alone
    assert len(silent.seen) <= 6 * 5


def test_texts_go_as_many_at_once_as_the_provider_takes_from_one_worker(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    unhurried(monkeypatch)
    at_once, most, lock, enough = 0, 0, threading.Lock(), threading.Event()

    def reply(seen: Seen) -> Reply:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        if most == 20:
            enough.set()
        enough.wait(10)
        with lock:
            at_once -= 1
        return (201, {}, b'{"sid": "SM%s", "status": "queued"}' % uuid.uuid4().hex.encode())

    with answering(reply) as peer:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "twilio", "SMS", recorded_twilio.settings(peer.url))
            distribution = codes_to_segment(session, 60, connection=connection, mode="sms", parts={"text": "{{ voucher.code }}"})
            session.execute(
                text("""
                    WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers)
                    UPDATE customers c SET phone = '+44770' || (1000000 + n) FROM numbered WHERE numbered.id = c.id
                """)
            )
        house.send(distribution.id)

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 60}
    assert most == 20


def test_what_a_provider_asks_of_all_waits_with_its_words_and_costs_nobody_an_attempt(house: House) -> None:
    with answering(lambda seen: (429, {"retry-after": "3600"}, b"")) as peer:
        distribution = mails(house, peer, 10)
        for _ in range(3):
            house.tick()
            later(house, 60)
        assert len(peer.seen) == 1
        with house.session() as session:
            row = session.query(RateBudget).one()
            assert row.wait_reason == "SendGrid asks for a pause."
            assert session.execute(text("SELECT max(attempts) FROM deliveries")).scalar_one() == 0
            assert breaker.try_now(session, session.query(Connection).one(), ANN)
            session.execute(text("UPDATE deliveries SET due_at = now() WHERE state = 'ready'"))
        house.tick()

    assert len(peer.seen) == 2
    with house.session() as session:
        assert states(session, distribution) == {"ready": 10}
