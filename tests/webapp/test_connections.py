"""Pages of connections: forms made from fields, tests, pauses, and who may."""

import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.connections import breaker, budget, configured, edit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.sending.receipts import mailboxes
from domain.tables.connections import Connection, Mailbox
from integrations import catalogue
from tests.integrations import recordings
from tests.integrations.recordings import smtp
from tests.integrations.recordings import webhook as recorded

ADA = Actor("user_1", "Ada")


@pytest.fixture
def sandbox(session: Session) -> Connection:
    return edit.create(session, ADA, "sandbox", "Sandbox", {})[0]


def where(connection: Connection) -> str:
    return f"/connections/{outside(Prefix.CONNECTION, connection.id)}"


def latest(session: Session) -> Connection:
    return session.scalars(select(Connection).order_by(Connection.id.desc())).first()


def test_an_empty_list_teaches(ada: Any) -> None:
    page = ada.get("/connections").text

    assert "Nothing can be sent yet" in page
    assert "/connections/new/sandbox" in page


def test_the_list_says_what_works_in_a_sentence(ada: Any, session: Session, sandbox: Connection) -> None:
    sandbox.health, sandbox.health_reason = "failing", "It burns."
    edit.create(session, ADA, "sandbox", "Other", {})

    page = ada.get("/connections").text

    assert "One fails, one was never tested." in page
    assert "It burns." in page


@pytest.mark.parametrize("key", catalogue.keys())
def test_every_provider_has_a_tile_and_a_form_with_all_its_fields(ada: Any, key: str) -> None:
    provider = catalogue.provider(key)
    assert provider.about in ada.get("/connections/new").text

    page = ada.get(f"/connections/new/{key}").text

    for field in provider.fields:
        assert f'name="f_{field.key}"' in page


@pytest.mark.parametrize("key", catalogue.keys())
def test_every_provider_can_be_set_up_and_changed_without_showing_a_secret(ada: Any, session: Session, key: str) -> None:
    with recordings.on_the_wire(key, "success") as rehearsal:
        typed = {f"f_{name}": value for name, value in rehearsal.settings.items()}
        assert ada.post(f"/connections/new/{key}", data={"name": "One", **typed}).status_code == 303

        connection = latest(session)
        page = ada.get(where(connection)).text
        assert "hidden-word" not in page
        assert "whsec_" not in page
        config = {name: value for name, value in typed.items() if name.removeprefix("f_") in connection.config}
        changed = ada.post(where(connection), data={"name": "Two", "row_version": 1, **config})
        tested = ada.htmx(f"{where(connection)}/test", {})

    assert changed.status_code == 303
    assert configured.configured(session, connection.id)[1] == rehearsal.settings
    assert connection.name == "Two"
    assert "It works." in tested.text
    assert connection.health == "working"


def test_what_is_wrong_stands_by_its_field_and_input_is_kept(ada: Any, session: Session) -> None:
    answer = ada.post(
        "/connections/new/smtp", data={"name": "", "f_host": "not a host", "f_port": "99999", "f_username": "ann", "f_security": "tls"}
    )

    assert answer.status_code == 422
    assert "Write the name of the server only" in answer.text
    assert "Write a port from 1 to 65535" in answer.text
    assert "Give the connection a name" in answer.text
    assert 'value="ann"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert session.scalars(select(Connection)).all() == []


def test_numbers_that_are_none_are_told(ada: Any) -> None:
    answer = ada.post("/connections/new/sandbox", data={"name": "S", "per_second": "fast", "batch": "0"})

    assert answer.status_code == 422
    assert "Not a valid integer value" in answer.text or "whole number" in answer.text


def test_a_secret_that_was_made_is_shown_once(ada: Any, session: Session) -> None:
    answer = ada.post("/connections/new/webhook", data={"name": "Shop", "f_url": "https://shop.example/hooks"})

    secret = configured.configured(session, latest(session).id)[1]["secret"]
    assert secret in answer.text
    assert "shown this once" in answer.text
    assert secret not in ada.get(where(latest(session))).text


def test_an_optional_secret_can_be_forgotten(ada: Any, session: Session) -> None:
    connection, _ = edit.create(
        session, ADA, "webhook", "Shop", {"url": "https://shop.example/", "secret": recorded.SECRET, "old_secret": recorded.OLD}
    )
    assert "Forget the saved previous signing secret" in ada.get(where(connection)).text

    ada.post(where(connection), data={"name": "Shop", "row_version": 1, "f_url": "https://shop.example/", "clear_old_secret": "y"})

    settings = configured.configured(session, connection.id)[1]
    assert (settings["old_secret"], settings["secret"]) == ("", recorded.SECRET)


def test_a_replaced_secret_is_said_to_count_for_a_day(ada: Any, session: Session) -> None:
    connection, _ = edit.create(session, ADA, "webhook", "Shop", {"url": "https://shop.example/", "secret": recorded.SECRET})
    assert "The secret that was replaced" not in ada.get(where(connection)).text

    data = {"name": "Shop", "row_version": 1, "f_url": "https://shop.example/", "f_secret": recorded.OLD}
    ada.post(where(connection), data=data)

    assert "The secret that was replaced counts too, until" in ada.get(where(connection)).text
    settings = configured.configured(session, connection.id)[1]
    assert (settings["secret"], settings["old_secret"]) == (recorded.OLD, recorded.SECRET)


def test_a_failed_test_is_told_in_our_words_and_kept(ada: Any, session: Session) -> None:
    with recordings.on_the_wire("webhook", "bad key") as rehearsal:
        connection, _ = edit.create(session, ADA, "webhook", "Shop", rehearsal.settings)
        block = ada.htmx(f"{where(connection)}/test", {})

    assert block.status_code == 200
    assert "The address answered 401" in block.text
    assert "SECRET BYTES" not in block.text
    assert "<html" not in block.text
    assert connection.health == "failing"
    again = ada.htmx(f"{where(connection)}/test", {})
    assert again.status_code == 422
    assert "tested a moment ago" in again.text


def test_a_test_without_scripts_comes_back_to_the_page(ada: Any, session: Session, sandbox: Connection) -> None:
    answer = ada.post(f"{where(sandbox)}/test")

    assert answer.status_code == 303
    page = ada.get(answer.location).text
    assert "It works." in page
    assert "Messages sent here never leave" in page


def test_pause_and_resume(ada: Any, sandbox: Connection) -> None:
    ada.post(f"{where(sandbox)}/pause")
    assert sandbox.paused_reason == "Paused by Ada Lind."
    assert "Resume" in ada.get(where(sandbox)).text
    ada.post(f"{where(sandbox)}/resume")
    assert sandbox.paused_at is None


def test_who_saves_second_is_told(ada: Any, sandbox: Connection) -> None:
    ada.post(where(sandbox), data={"name": "First", "row_version": 1})

    answer = ada.post(where(sandbox), data={"name": "Second", "row_version": 1})

    assert answer.status_code == 409
    assert "Ada Lind" in answer.text
    assert sandbox.name == "First"


def test_what_is_put_away_is_gone(ada: Any, session: Session, sandbox: Connection) -> None:
    assert ada.post(f"{where(sandbox)}/archive", data={"row_version": 1}).status_code == 303

    assert ada.get(where(sandbox)).status_code == 404
    assert sandbox.archived_at is not None


def test_what_is_in_use_stays_and_says_by_what(ada: Any, session: Session, sandbox: Connection) -> None:
    from domain.tables import workspace

    workspace.current_project(session).system_connection_id = sandbox.id

    answer = ada.post(f"{where(sandbox)}/archive", data={"row_version": 1})

    assert answer.status_code == 422
    assert "account mail and notices" in answer.text
    assert sandbox.archived_at is None


def test_marketers_see_how_it_is_set_up_and_who_may_change_it(ann: Any, ada: Any, session: Session) -> None:
    connection, _ = edit.create(session, ADA, "sendgrid", "News", {"api_key": "SG.hidden-word", "region": "eu"})

    page = ann.get(where(connection)).text

    assert "European Union" in page
    assert "hidden-word" not in page
    assert connection.receipt_word not in page
    assert "Ada Lind can change connections" in page
    assert "Test connection" not in page


@pytest.mark.parametrize("path", ["/connections/new", "/connections/new/sandbox"])
def test_marketers_and_viewers_may_not_add(ann: Any, bo: Any, path: str) -> None:
    assert ann.get(path).status_code == 403
    assert bo.get(path).status_code == 403


@pytest.mark.parametrize("verb", ["", "/test", "/pause", "/resume", "/archive"])
def test_marketers_and_viewers_may_not_change(ann: Any, bo: Any, sandbox: Connection, verb: str) -> None:
    for browser in (ann, bo):
        assert browser.post(where(sandbox) + verb, data={"name": "Mine", "row_version": 1}).status_code == 403
    assert (sandbox.name, sandbox.paused_at, sandbox.archived_at, sandbox.checked_at) == ("Sandbox", None, None, None)


def test_nobody_in_particular_is_sent_to_the_door(client: Any, sandbox: Connection) -> None:
    assert client.get(where(sandbox)).status_code == 303


def test_a_provider_that_left_is_told(ada: Any, session: Session, sandbox: Connection) -> None:
    sandbox.provider = "gone"

    assert "no provider called “gone”" in ada.get(where(sandbox)).text
    assert "Unknown provider gone" in ada.get("/connections").text


def test_nonsense_addresses_are_404(ada: Any) -> None:
    for path in ("/connections/conn_x", "/connections/cust_0123", "/connections/new/nothing", "/connections/new/..%2Fetc"):
        assert ada.get(path).status_code == 404


def test_a_connection_that_waits_says_until_when_and_why_and_lets_a_person_try_now(ada: Any, session: Session, sandbox: Connection) -> None:
    until = clock.now(session) + datetime.timedelta(minutes=40)
    budget.wait(session, sandbox.id, "email", until, "SendGrid asks for a pause.")

    page = ada.get(where(sandbox)).text

    assert "Sandbox waits until" in page
    assert "SendGrid asks for a pause." in page
    assert "Waits" in ada.get("/connections").text
    assert ada.post(f"{where(sandbox)}/try").status_code == 303
    assert "waits until" not in ada.get(where(sandbox)).text


def test_a_connection_that_fails_says_why_and_when_it_tries_again(ada: Any, session: Session, sandbox: Connection) -> None:
    for _ in range(2):
        breaker.went_badly(session, sandbox.id, "email", "SendGrid answered 500.")

    page = ada.get(where(sandbox)).text

    assert "Sandbox fails" in page
    assert "SendGrid answered 500. Its messages wait; one of them tries again at" in page
    assert "Try now" in page
    breaker.went_well(session, sandbox.id, "email")
    assert "Sandbox fails" not in ada.get(where(sandbox)).text


def test_a_viewer_cannot_try_now(bo: Any, sandbox: Connection) -> None:
    assert bo.post(f"{where(sandbox)}/try").status_code == 403


def test_the_page_says_how_a_mailbox_of_returned_mails_stands(ada: Any, session: Session) -> None:
    values = smtp.settings(25) | {"signing": "none", "bounces": "imap"}
    relay = edit.create(session, ADA, "smtp", "Relay", values)[0]
    path = where(relay)

    assert "Returned mails:" not in ada.get(path).text
    mailboxes.ask(session)
    mailbox = session.get_one(Mailbox, relay.id)
    mailbox.taken, mailbox.left_alone, mailbox.problem = 1200, 3, "imap.example broke the connection off."

    page = ada.get(path).text
    assert "1,200 taken, 3 left alone" in page
    assert "Returned mails cannot be read: imap.example broke the connection off." in page
    assert "hidden-word" not in page
