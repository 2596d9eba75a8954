"""Account mail: rows first, sent through the chosen connection, wiped when sent, tried again when the server was away."""

import datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.connections import edit as connections
from domain.journal import notice_mail, notices, outgoing_mail
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.journal import Notice, OutgoingMail
from domain.tables.workspace import User
from domain.workspace.people import edit as change
from domain.workspace.people import forgotten_password as forgotten
from domain.workspace.people import invite
from domain.workspace.project import senders, system_mail
from domain.workspace.project.edit import ProjectInput, check
from domain.workspace.project.system_mail import LEASE, WAITS, Impossible
from domain.workspace.signing_in.tries import LIMITS
from integrations import catalogue
from integrations.http import Http
from tests.sink import Sink

ADA = Actor("user_ada", "Ada Lind")
HTTP = Http(("127.0.0.0/8",))


def connection(session: Session, sink: Sink) -> Connection:
    values = {"host": "127.0.0.1", "port": str(sink.port), "security": "plain", "per_connection": "100", "signing": "none"}
    made, _ = connections.create(session, ADA, "smtp", "Post office", values)
    return made


@pytest.fixture
def post(session: Session, sink: Sink) -> Sink:
    """A project whose account mail goes to the sink."""
    project = workspace.current_project(session)
    project.brand, project.system_connection_id = "Maple & Rye", connection(session, sink).id
    senders.add(session, ADA, "Maple & Rye", "hello@maple-rye.example")
    session.flush()
    return sink


def send(session: Session) -> list[OutgoingMail]:
    """What the worker does, in one transaction."""
    bundle = system_mail.claim(session)
    return [] if bundle is None else system_mail.record(session, list(system_mail.call(HTTP, bundle)))


def only(session: Session, model: Any) -> Any:
    return session.scalars(select(model)).one()


def test_an_invitation_arrives_and_leaves_no_link_behind(session: Session, post: Sink) -> None:
    cy = invite.invite(session, ADA, "cy@maple-rye.example", "Cy Young", "viewer")
    link, mailed = change.give_link(session, ADA, cy)
    letter = only(session, OutgoingMail)
    assert mailed
    assert link.encode() not in letter.box

    assert send(session) == []

    (mail,) = post.to("cy@maple-rye.example")
    assert link in mail.body()
    assert mail.message["Subject"] == "Ada Lind invites you to Largesse"
    assert "hello@maple-rye.example" in mail.message["From"]
    assert (letter.state, letter.box) == ("sent", b"")
    assert system_mail.claim(session) is None


def test_a_server_that_is_away_is_asked_again_and_not_for_ever(session: Session, post: Sink) -> None:
    post.refuse_all = "451 4.3.0 try later"
    outgoing_mail.write(session, "reset", "cy@maple-rye.example", "A new password", "link")
    letter = only(session, OutgoingMail)

    send(session)
    assert letter.state == "waiting"
    assert letter.due_at == clock.now(session) + WAITS[0]
    assert system_mail.claim(session) is None

    letter.attempts, letter.due_at = len(WAITS), clock.now(session)
    assert send(session) == [letter]
    assert (letter.state, letter.box) == ("failed", b"")
    notices.letter_failed(session, letter)
    assert only(session, Notice).title == "A reset link could not be sent by mail"
    assert notice_mail.write_letters(session) == 0


def test_a_worker_that_died_in_the_call_is_followed_by_another_after_the_lease(session: Session, post: Sink) -> None:
    outgoing_mail.write(session, "reset", "cy@maple-rye.example", "A new password", "link")
    assert system_mail.claim(session) is not None
    assert system_mail.claim(session) is None

    clock.shift(session, LEASE + datetime.timedelta(seconds=1))

    assert system_mail.claim(session) is not None


def test_a_notice_is_mailed_once_to_every_notice_address(session: Session, post: Sink) -> None:
    workspace.current_project(session).notice_addresses = ["ops@maple-rye.example", "ann@maple-rye.example"]
    notices.raise_notice(session, "no_codes", "distr_1", "Birthday treat ran out of codes", "46 people wait.", grave=True)
    assert outgoing_mail.due(session)

    assert notice_mail.write_letters(session) == 1
    assert notice_mail.write_letters(session) == 0
    send(session)

    assert len(post.mails) == 2
    (mail,) = post.to("ops@maple-rye.example")
    assert mail.message["Subject"] == "Maple & Rye: Birthday treat ran out of codes"
    assert "46 people wait." in mail.body()
    assert not outgoing_mail.due(session)


def test_a_forgotten_password_mails_only_those_who_are_here_and_not_too_often(session: Session, post: Sink) -> None:
    now = clock.now(session)
    session.add(
        User(email="Cy@x.example", email_key="cy@x.example", name="Cy", role="viewer", password="x", created_at=now, updated_at=now)
    )
    session.flush()

    forgotten.ask(session, "nobody@x.example", "192.0.2.1")
    assert session.scalars(select(OutgoingMail)).all() == []

    for _ in range(5):
        forgotten.ask(session, "cy@X.example", "192.0.2.1")
    assert len(session.scalars(select(OutgoingMail)).all()) == LIMITS["forgotten"].free


def test_the_sandbox_never_carries_account_mail(session: Session) -> None:
    assert system_mail.able(catalogue.provider("sandbox")) is None
    assert system_mail.able(catalogue.provider("webhook")) is None
    assert system_mail.able(catalogue.provider("smtp")) is not None
    sandbox, _ = connections.create(session, ADA, "sandbox", "Sandbox", {})

    wish = ProjectInput("", "", "", "UTC", "EUR", "", (), sandbox.id, "", 10, None)

    assert "cannot carry account mail" in check(session, wish)["system_connection_id"]


def test_without_a_sender_letters_wait_and_say_why(session: Session, sink: Sink) -> None:
    workspace.current_project(session).system_connection_id = connection(session, sink).id
    outgoing_mail.write(session, "reset", "cy@maple-rye.example", "A new password", "link")

    assert not outgoing_mail.possible(session)
    with pytest.raises(Impossible, match="a sender"):
        system_mail.claim(session)
