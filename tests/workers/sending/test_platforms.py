"""Platforms through the whole machinery: field maps, ids of their own, jobs that are asked about, calls that are counted."""

import dataclasses
import datetime
import uuid
from types import ModuleType

from sqlalchemy import text

from domain.connections import budget, prerequisites
from domain.distributions.plan.plan import Channel, Plan
from domain.incentives.ledger import check as ledger
from domain.kernel import clock
from domain.sending.receipts import poll
from domain.sending.states import tallies
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution, Version
from integrations import catalogue
from integrations.contract import Fate, Outcome, Stop
from integrations.http import Http
from tests.sending import WORDS, a_connection, codes_to_segment, states
from tests.workers.house import House

PARTS = {"field:CODE": "{{ voucher.code }}", "field:NAME": "Dear {{ customer.first_name }}", "option:campaign": "c-7"}


def launched(house: House, people: int = 3, config: dict[str, str] | None = None, ids: bool = True) -> Distribution:
    with house.session() as session:
        connection = a_connection(session, "cloud", config=config or {})
        distribution = codes_to_segment(session, people, connection=connection, mode="profiles", parts=PARTS)
        if ids:
            session.execute(text("UPDATE customers SET source_id = 'crm-' || split_part(name, ' ', 2)"))
        return distribution


def later(house: House, seconds: float) -> None:
    with house.session() as session:
        clock.shift(session, datetime.timedelta(seconds=seconds))


def check(house: House) -> None:
    with house.session() as session:
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_a_platform_gets_values_by_their_names_there(house: House, cloud: ModuleType) -> None:
    launched(house, 1)

    house.tick()

    (message,) = cloud.SENT
    assert message.data["NAME"] == "Dear Dina"
    assert message.data["CODE"].startswith("AUTUMN-")
    assert set(message.data) == {"NAME", "CODE"}
    assert (message.address, dict(message.parts), dict(message.slots)) == ("crm-1", {}, {})
    assert message.email.startswith("c1-")
    assert cloud.OPTIONS == [{"campaign": "c-7"}]


def test_who_has_no_id_there_is_left_out_in_words(house: House, cloud: ModuleType) -> None:
    distribution = launched(house, 2, {"id_field": "metadata", "id_key": "crm.id"})
    with house.session() as session:
        session.execute(text("""UPDATE customers SET metadata = '{"crm.id": 4711}' WHERE name = 'Dina 2'"""))

    house.tick()

    assert [m.address for m in cloud.SENT] == ["4711"]
    with house.session() as session:
        assert states(session, distribution, "recipients") == {"ready": 1, "skipped": 1}
        from domain.distributions.audience import reasons

        (reason,) = session.scalars(text("SELECT reason FROM deliveries WHERE state = 'skipped'")).all()
        assert reasons.words(reason) == "no id for Cloud"
        assert "Cloud" in reasons.hint(reason)


def test_a_suppressed_address_counts_where_it_is_the_id(house: House, cloud: ModuleType) -> None:
    distribution = launched(house, 2, {"id_field": "email"})
    with house.session() as session:
        from domain.customers.consents.suppressions import suppress

        address = session.scalar(text("SELECT email FROM customers WHERE name = 'Dina 1'"))
        suppress(session, "email", address, "complained", "test")

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"polling": 1, "skipped": 1}


def test_jobs_are_asked_about_until_everybody_has_an_end(house: House, cloud: ModuleType) -> None:
    distribution = launched(house)
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"polling": 3}
        assert session.get_one(Distribution, distribution.id).status == "sending"
        assert session.execute(text("SELECT count(*) FROM vouchers WHERE state = 'assigned'")).scalar_one() == 3
    assert cloud.ASKED == [], "not before some seconds have passed"

    later(house, 11)
    house.tick()
    assert cloud.ASKED == ["job-1"]
    house.tick()
    assert cloud.ASKED == ["job-1"], "the questions come more and more slowly"

    ids = [m.id for m in cloud.SENT]
    cloud.JOBS["job-1"] = [
        Outcome(ids[0], Fate.REFUSED, "No such profile."),
        Outcome("CRM-2" if cloud.SENT[0].address != "crm-2" else "CRM-1", Fate.UNSURE, "Half done."),
        Outcome("", Fate.ACCEPTED),
    ]
    later(house, 61)
    house.tick()
    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1, "refused": 1, "unsure": 1}
        assert session.get_one(Distribution, distribution.id).status == "done"
        assert session.execute(text("SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL")).scalar_one() == 0
    later(house, 1000)
    house.tick()
    assert len(cloud.ASKED) == 2
    check(house)


def test_after_a_day_without_an_end_nobody_knows(house: House, cloud: ModuleType) -> None:
    distribution = launched(house)
    house.tick()
    with house.session() as session:
        session.execute(text("UPDATE deliveries SET sent_at = sent_at - interval '24 hours', due_at = :now"), {"now": clock.now(session)})
    house.tick()
    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"unsure": 3}
        assert session.get_one(Distribution, distribution.id).status == "done"
    check(house)


def test_whoever_is_killed_while_asking_costs_one_more_question(house: House, cloud: ModuleType) -> None:
    distribution = launched(house)
    house.tick()
    later(house, 11)
    with house.session() as session:
        question = poll.claim(session)
        assert question is not None
    house.tick()
    assert cloud.ASKED == [], "somebody else asks just now"
    cloud.JOBS["job-1"] = [Outcome("", Fate.ACCEPTED)]
    later(house, 121)
    house.tick()
    house.tick()
    with house.session() as session:
        assert states(session, distribution) == {"accepted": 3}

    with house.session() as session:
        assert poll.record(session, question, poll.PollResult([Outcome("", Fate.REFUSED, "late")])) == 0
    check(house)


def test_a_yes_to_all_but_a_stranger_is_a_doubt_about_everybody(house: House, cloud: ModuleType) -> None:
    distribution = launched(house)
    house.tick()
    cloud.JOBS["job-1"] = [Outcome("eve@example.com", Fate.REFUSED, "no"), Outcome("", Fate.ACCEPTED)]
    later(house, 11)
    house.tick()
    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"unsure": 3}
    check(house)


def test_a_provider_that_stops_the_connection_is_not_asked_again_before_somebody_resumes_it(house: House, cloud: ModuleType) -> None:
    launched(house)
    house.tick()
    later(house, 11)
    with house.session() as session:
        question = poll.claim(session)
        assert question is not None
        poll.record(session, question, poll.PollResult(stop="The key is wrong."))
    later(house, 600)
    house.tick()

    assert cloud.ASKED == []
    with house.session() as session:
        assert session.query(Connection).one().paused_reason == "The key is wrong."


def test_calls_under_way_are_counted_over_all_workers(house: House, cloud: ModuleType) -> None:
    distribution = launched(house, 1)
    with house.session() as session:
        connection = session.query(Connection).one()
        now = clock.now(session)
        for _ in range(2):
            session.execute(
                text("""
                    INSERT INTO delivery_claims (id, distribution_id, channel, connection_id, lane, state, deliveries,
                        began_at, lease_until)
                    VALUES (:id, :distribution, 'c1', :connection, 'bulk', 'open', '{}', :now, :until)
                """),
                {
                    "id": uuid.uuid4(), "distribution": uuid.uuid4(), "connection": connection.id, "now": now,
                    "until": now + datetime.timedelta(minutes=10),
                },
            )  # fmt: skip
        assert budget.crowded(session, connection.id, "profiles")
    house.send(distribution.id)
    assert cloud.SENT == []

    later(house, 601)
    with house.session() as session:
        assert not budget.crowded(session, connection.id, "profiles")
    house.tick()
    assert len(cloud.SENT) == 1


def test_a_pause_that_the_provider_asks_for_holds_for_what_was_taken_too(house: House, cloud: ModuleType) -> None:
    launched(house, 1)
    cloud.AFTER.append(40.0)
    house.tick()

    with house.session() as session:
        until = budget.waits_until(session, session.query(Connection).one().id, "profiles")
        assert until is not None
        assert 35 < (until - clock.now(session)).total_seconds() <= 40


def test_what_is_missing_there_is_asked_once_in_ten_minutes(house: House, cloud: ModuleType) -> None:
    launched(house, 1)
    cloud.MISSING.append("Add the field NAME there.")
    with house.session() as session:
        connection = session.query(Connection).one()
        mode = catalogue.provider("cloud").mode("profiles")
        assert prerequisites.known(session, connection, mode, ["NAME", "CODE"]) is None
        question = prerequisites.ask(session, connection, mode, ["NAME", "CODE"])
        assert question is not None
        prerequisites.record(session, question, prerequisites.call(Http(), question))
        known = prerequisites.known(session, connection, mode, ["CODE", "NAME"])

        assert known is not None
        assert known.problems == ("Add the field NAME there.",)
        assert cloud.ASKED == ["CODE,NAME"]
        assert prerequisites.ask(session, connection, mode, ["CODE", "NAME"]) is None
        assert prerequisites.known(session, connection, mode, ["OTHER"]) is None
        clock.shift(session, datetime.timedelta(minutes=11))
        assert prerequisites.ask(session, connection, mode, ["CODE", "NAME"]) is not None


def test_channels_fail_independently(house: House, cloud: ModuleType) -> None:
    """The platform lets nobody in; mails go all the same, with the same codes the platform gets when it is back."""

    def no(_: object) -> None:
        raise Stop("The key is wrong.")

    cloud.ON_SEND.append(no)
    with house.session() as session:
        mails, platform = a_connection(session), a_connection(session, "cloud")
        distribution = codes_to_segment(session, 3)
        session.execute(text("UPDATE customers SET source_id = 'crm-' || split_part(name, ' ', 2)"))
        version = session.get_one(Version, (distribution.id, 1))
        plan = Plan.from_json(version.plan)
        ways = (Channel("c1", mails.id, "email", WORDS), Channel("c2", platform.id, "profiles", PARTS))
        session.delete(version)
        session.flush()
        changed = dataclasses.replace(plan, channels=ways).as_json()
        session.add(Version(distribution_id=distribution.id, version=1, plan=changed, sentence="", created_at=clock.now(session)))
    house.tick()
    house.tick()

    with house.session() as session:
        by_channel = session.execute(text("SELECT channel, state, count(*) FROM deliveries GROUP BY 1, 2 ORDER BY 1")).all()
        assert [tuple(row) for row in by_channel] == [("c1", "accepted", 3), ("c2", "ready", 3)]
        assert session.get_one(Connection, platform.id).paused_reason == "The key is wrong."
        session.execute(text("UPDATE connections SET paused_at = NULL, paused_reason = ''"))
    cloud.ON_SEND.clear()
    house.tick()
    house.tick()
    with house.session() as session:
        given = set(session.scalars(text("SELECT code FROM vouchers WHERE state = 'assigned'")))
    assert {message.data["CODE"] for message in cloud.SENT} == given
    assert len(given) == 3
    check(house)
