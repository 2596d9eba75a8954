"""Connections: made, changed, tested, paused and put away; their secrets never come back."""

import datetime
import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.connections import check, configured, edit, health, inbound, pause, secret_rotation
from domain.connections.inbound import DoorVerdict
from domain.distributions.control import resume_waiting
from domain.insight.home import failing_connections
from domain.kernel import clock, secrets
from domain.kernel.actor import SYSTEM, Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused, Stale
from domain.kernel.nudges import Nudge
from domain.tables import workspace
from domain.tables.connections import Connection, RawReceipt
from domain.tables.distributions import Distribution, Version
from domain.tables.journal import Audit, Notice
from integrations.contract import Check, Happened
from integrations.http import Http
from tests.integrations import recordings
from tests.integrations.recordings import sendgrid as recorded
from tests.integrations.recordings import webhook

ADA = Actor("user_1", "Ada")
KEY = {"api_key": "SG.hidden-word", "region": "global"}


def made(session: Session, name: str = "Newsletter", **changes: str) -> Connection:
    return edit.create(session, ADA, "sendgrid", name, KEY | changes)[0]


def a_distribution(session: Session, name: str, status: str, reason: str, *connections: Connection) -> Distribution:
    now = clock.now(session)
    channels = [{"key": f"c{n}", "connection_id": str(one.id), "mode": "mail", "parts": {}} for n, one in enumerate(connections, start=1)]
    spec = {"trigger": "manual", "action": "message", "channels": channels}
    row = Distribution(
        name=name, name_key=name.casefold(), status=status, trigger="manual", pause_reason=reason, spec=spec,
        created_at=now, updated_at=now, started_at=now if status == "paused" else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.add(Version(distribution_id=row.id, version=row.version, plan=spec, sentence="", created_at=now))
    session.flush()
    return row


def test_secrets_are_encrypted_and_nowhere_else(session: Session) -> None:
    connection = made(session)

    assert b"hidden-word" not in connection.secrets
    assert "hidden-word" not in json.dumps(connection.config)
    assert "hidden-word" not in json.dumps([[a.before, a.after] for a in session.scalars(select(Audit))])
    assert configured.configured(session, connection.id)[1]["api_key"] == "SG.hidden-word"


def test_an_empty_secret_keeps_the_one_before_and_a_new_one_replaces_it(session: Session) -> None:
    connection = made(session)

    edit.change(session, ADA, connection, 1, "Newsletter", {"api_key": "", "region": "global"})
    assert configured.configured(session, connection.id)[1]["api_key"] == "SG.hidden-word"
    edit.change(session, ADA, connection, 2, "Newsletter", {"api_key": "SG.other-word", "region": "global"})

    assert configured.configured(session, connection.id)[1]["api_key"] == "SG.other-word"
    told = session.scalars(select(Audit).where(Audit.command == "edit connection").order_by(Audit.id.desc())).first()
    assert told is not None
    assert told.after is not None
    assert told.after["secrets changed"] == "api_key"
    assert "other-word" not in json.dumps([told.before, told.after])


def test_everything_that_is_wrong_is_told_at_once(session: Session) -> None:
    made(session)

    with pytest.raises(Refused) as refused:
        edit.create(session, ADA, "sendgrid", " newsletter ", {"region": "moon", "verification_key": "x"}, per_second=0)

    assert set(refused.value.mistakes) == {"name", "per_second", "api_key", "region", "verification_key"}
    assert "already a connection called" in refused.value.mistakes["name"]


def test_a_field_that_does_not_matter_is_not_asked_for(session: Session) -> None:
    assert made(session).config["api"] == ""
    with pytest.raises(Refused, match="Fill in “Address of the API”"):
        edit.create(session, ADA, "sendgrid", "Other", KEY | {"region": "other"})


def test_a_secret_nobody_typed_is_made_once(session: Session) -> None:
    connection, typed = edit.create(session, ADA, "webhook", "Shop", {"url": "https://shop.example/hooks"})

    assert typed.made["secret"].startswith("whsec_")
    assert configured.configured(session, connection.id)[1]["secret"] == typed.made["secret"]
    again = edit.change(session, ADA, connection, 1, "Shop", {"url": "https://shop.example/other"})
    assert again.made == {}
    assert configured.configured(session, connection.id)[1]["secret"] == typed.made["secret"]


def test_who_saves_second_is_told_who_was_first(session: Session) -> None:
    connection = made(session)
    edit.change(session, ADA, connection, 1, "Newsletter", KEY)

    with pytest.raises(Stale, match="Ada"):
        edit.change(session, Actor("user_2", "Bo"), connection, 1, "Newsletter 2", KEY)
    assert connection.name == "Newsletter"


def test_what_is_in_use_is_not_put_away_and_the_answer_names_it(session: Session) -> None:
    connection = made(session)
    a_distribution(session, "Autumn scheduled", "scheduled", "", connection)
    workspace.current_project(session).system_connection_id = connection.id
    session.flush()

    with pytest.raises(Refused, match="“Autumn scheduled” and account mail"):
        edit.archive(session, ADA, connection, 1)


def test_what_is_put_away_forgets_its_secrets_and_frees_its_name(session: Session) -> None:
    connection = made(session)
    a_distribution(session, "Autumn done", "done", "", connection)

    edit.archive(session, ADA, connection, 1)

    assert connection.secrets == b""
    with pytest.raises(configured.Unusable):
        configured.configured(session, connection.id)
    assert made(session).name == "Newsletter"
    assert connection not in edit.listed(session)


def test_names_are_proposed(session: Session) -> None:
    provider = configured.provider_of(made(session))
    assert edit.free_name(session, provider) == "SendGrid"
    edit.create(session, ADA, "sendgrid", "sendgrid", KEY)
    assert edit.free_name(session, provider) == "SendGrid 2"


def test_a_test_is_kept_as_health_and_asked_once_in_five_seconds(session: Session) -> None:
    connection = made(session)

    question = check.ask(session, connection.id)
    with pytest.raises(Refused, match="a moment ago"):
        check.ask(session, connection.id)
    check.record(session, question, Check(False, ("The key is wrong.",)), ADA)

    assert (connection.health, connection.health_reason) == ("failing", "The key is wrong.")
    assert failing_connections.failing_connections(session) == 1


def test_a_test_calls_the_provider(session: Session) -> None:
    with recordings.on_the_wire("sendgrid", "bad key") as rehearsal:
        connection = made(session, region="other", api=rehearsal.settings["api"])

        found = check.call(Http(("127.0.0.0/8",)), check.ask(session, connection.id))

    assert found.problems == ("SendGrid does not accept the API key.",)


def test_a_connection_that_stops_tells_people_once_and_grants_nothing(session: Session) -> None:
    connection = made(session)

    assert pause.pause(session, connection.id, "SendGrid does not accept the API key.")
    assert not pause.pause(session, connection.id, "again")

    notice = session.scalars(select(Notice).where(Notice.kind == "connection")).one()
    assert notice.subject == outside(Prefix.CONNECTION, connection.id)
    assert notice.grave
    assert "SendGrid does not accept the API key." in notice.body
    assert (connection.health, connection.paused_reason) == ("failing", "SendGrid does not accept the API key.")


def test_a_person_who_pauses_needs_no_notice(session: Session) -> None:
    connection = made(session)

    pause.pause(session, connection.id, "Paused by Ada", ADA)

    assert session.scalars(select(Notice).where(Notice.kind == "connection")).all() == []
    assert connection.health == "unknown"


def test_resuming_lets_what_waited_for_it_go_on_at_the_next_look(session: Session) -> None:
    connection, still_paused = made(session), made(session, "Relay")
    waiting = a_distribution(session, "Autumn", "paused", "connection", connection)
    by_a_person = a_distribution(session, "Winter", "paused", "person", connection)
    for_both = a_distribution(session, "Spring", "paused", "connection", connection, still_paused)
    pause.pause(session, connection.id, "no")
    pause.pause(session, still_paused.id, "no")
    resume_waiting.after_connections(session)
    assert [row.status for row in (waiting, by_a_person, for_both)] == ["paused"] * 3

    assert pause.resume(session, connection.id, ADA)
    assert not pause.resume(session, connection.id, ADA)
    assert session.info["nudges"][Nudge("resumed", str(connection.id))] is None
    resume_waiting.after_connections(session)

    for row in (waiting, by_a_person, for_both):
        session.refresh(row)
    assert [row.status for row in (waiting, by_a_person, for_both)] == ["sending", "paused", "paused"]
    assert (connection.paused_at, connection.health) == (None, "unknown")
    open_notices = session.scalars(select(Notice.subject).where(Notice.resolved_at.is_(None))).all()
    assert open_notices == [outside(Prefix.CONNECTION, still_paused.id)]


def test_a_genuine_post_is_kept_and_a_forged_one_is_not(session: Session) -> None:
    connection = made(session, verification_key=recorded.KEY)
    recorded.when_it_was_signed(session)

    forged = inbound.take(session, connection, recorded.SIGNED, recorded.BODY + b" ", "")
    genuine = inbound.take(session, connection, recorded.SIGNED | {"authorization": "hidden"}, recorded.BODY, "https://l/receipts/x")

    assert (forged.verdict, genuine.verdict) == (DoorVerdict.FORGED, DoorVerdict.TAKEN)
    raw = session.scalars(select(RawReceipt)).one()
    assert raw.body == recorded.BODY
    assert "hidden" not in json.dumps(raw.headers)


def test_a_kept_post_is_read_without_its_signature(session: Session) -> None:
    connection = made(session, verification_key=recorded.KEY)
    recorded.when_it_was_signed(session)
    inbound.take(session, connection, recorded.SIGNED, recorded.BODY, "")
    raw = session.scalars(select(RawReceipt)).one()
    raw.body = raw.body.replace(b"hello@world.com", b"xxxxxxxxxxxxxxx")

    received = inbound.read(session, raw)

    assert received.signed
    assert [r.happened for r in received.receipts] == [Happened.DROPPED]


def test_an_unsigned_post_says_so_when_it_is_read(session: Session) -> None:
    connection = made(session)
    inbound.take(session, connection, {}, recorded.BODY, "")

    assert not inbound.read(session, session.scalars(select(RawReceipt)).one()).signed


def test_providers_without_receipts_take_none(session: Session) -> None:
    connection, _ = edit.create(session, ADA, "sandbox", "Sandbox", {})

    assert inbound.take(session, connection, {}, b"[]", "").verdict is DoorVerdict.NOT_TAKEN_HERE
    assert inbound.by_word(session, connection.receipt_word) is connection
    assert inbound.by_word(session, "x") is None


def test_a_key_that_left_the_ring_does_not_keep_one_from_editing(session: Session) -> None:
    connection = made(session)
    connection.secrets = b"broken"

    with pytest.raises(Refused) as refused:
        edit.change(session, ADA, connection, 1, "Newsletter", {"region": "global"})
    assert set(refused.value.mistakes) == {"api_key"}
    edit.change(session, ADA, connection, 1, "Newsletter", KEY)
    assert secrets.decrypt(connection.secrets) == {"api_key": "SG.hidden-word"}


def test_the_system_is_the_actor_of_its_own_pauses(session: Session) -> None:
    connection = made(session)
    pause.pause(session, connection.id, "no")

    assert session.scalars(select(Audit.actor).where(Audit.command == "pause connection")).one() == SYSTEM.id


def a_webhook(session: Session) -> Connection:
    return edit.create(session, ADA, "webhook", "Shop", {"url": "https://shop.example/", "secret": webhook.SECRET})[0]


def test_a_replaced_secret_goes_on_signing_for_a_day_and_is_forgotten(session: Session) -> None:
    connection = a_webhook(session)
    assert connection.forget_at is None

    edit.change(session, ADA, connection, 1, "Shop", {"url": "https://shop.example/", "secret": webhook.OLD})

    settings = configured.configured(session, connection.id)[1]
    assert (settings["secret"], settings["old_secret"]) == (webhook.OLD, webhook.SECRET)
    clock.shift(session, datetime.timedelta(hours=23, minutes=59))
    secret_rotation.forget(session)
    assert configured.configured(session, connection.id)[1]["old_secret"] == webhook.SECRET

    clock.shift(session, datetime.timedelta(minutes=2))
    assert configured.configured(session, connection.id)[1]["old_secret"] == ""
    assert "old_secret" in secrets.decrypt(connection.secrets)
    assert not secret_rotation.forget(session), "nothing is left to forget"
    assert secrets.decrypt(connection.secrets) == {"secret": webhook.OLD}
    assert connection.forget_at is None


def test_saving_without_a_new_secret_does_not_lengthen_the_life_of_the_old_one(session: Session) -> None:
    connection = a_webhook(session)
    edit.change(session, ADA, connection, 1, "Shop", {"url": "https://shop.example/", "secret": webhook.OLD})
    until = connection.forget_at
    clock.shift(session, datetime.timedelta(hours=5))

    edit.change(session, ADA, connection, 2, "Shop", {"url": "https://shop.example/hooks"})

    assert connection.forget_at == until
    edit.change(session, ADA, connection, 3, "Shop", {"url": "https://shop.example/hooks"}, cleared={"old_secret"})
    assert (connection.forget_at, configured.configured(session, connection.id)[1]["old_secret"]) == (None, "")


def test_a_hundred_and_twenty_hours_of_failures_stop_a_connection_and_one_success_begins_anew(session: Session) -> None:
    connection = a_webhook(session)
    hours = datetime.timedelta(hours=1)

    assert not health.failed(session, connection.id, 120 * 3600)
    clock.shift(session, 119 * hours)
    assert not health.failed(session, connection.id, 120 * 3600)
    health.succeeded(session, connection.id)
    clock.shift(session, 2 * hours)
    assert not health.failed(session, connection.id, 120 * 3600)
    clock.shift(session, 120 * hours)
    assert health.failed(session, connection.id, 120 * 3600)

    session.refresh(connection)
    assert connection.paused_reason == "Nothing was taken for 120 hours: every attempt failed."
    assert session.scalars(select(Notice.title).where(Notice.kind == "connection")).one() == "“Shop” is paused"
    pause.resume(session, connection.id, ADA)
    assert connection.failing_since is None
