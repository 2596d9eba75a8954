"""Mails that come back to a mailbox, from the send to the suppression: each is taken once, whoever is killed when."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.connections import edit
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.sending.receipts import mailboxes
from domain.tables.connections import Mailbox, RawReceipt
from integrations.providers.smtp import return_path
from tests.conftest import ROOT
from tests.integrations.recordings.smtp import BOUNCE_KEY, Sink, serving
from tests.integrations.recordings.smtp import settings as smtp_settings
from tests.integrations.returned import SAMPLES, standin
from tests.sending import codes_to_segment, states
from tests.workers.house import House
from workers.commands import doctor

PARTS = {"subject": "Hi", "text": "{{ voucher.code }}", "from_email": "hello@maple.example"}


@pytest.fixture(params=["imap", "pop3"])
def sent(request: pytest.FixtureRequest, house: House) -> Iterator[Any]:
    """Three mails are out, and their mailbox is empty."""
    with ExitStack() as open_:
        sink = Sink()
        port = open_.enter_context(serving(sink))
        box = open_.enter_context(standin.serving(request.param))
        values = smtp_settings(port) | standin.settings(box) | {"signing": "none"}
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, "smtp", "Relay", values)
            distribution = codes_to_segment(session, 3, connection=connection, mode="mail", parts=PARTS)
        house.tick()
        with house.session() as session:
            assert states(session, distribution) == {"accepted": 3}
        yield SimpleNamespace(house=house, box=box, sink=sink, connection=connection, distribution=distribution, values=values)


def token(sink: Sink, number: int) -> str:
    (_, _, after) = sink.senders[number].partition("+")
    assert return_path.message_of(BOUNCE_KEY, sink.senders[number])
    return after.partition("@")[0]


def suppressed(session: Session) -> list[str]:
    return list(session.execute(text("SELECT reason FROM suppressions")).scalars())


def look_again(house: House) -> None:
    """The next look is due."""
    with house.session() as session:
        session.execute(text("UPDATE mailboxes SET due_at = :now"), {"now": clock.now(session)})
    house.tick()


def test_bounces_and_complaints_count_and_answers_are_left_alone(sent: Any) -> None:
    sent.box.add(
        SAMPLES["Postfix, no such user"].raw(token(sent.sink, 0)),
        SAMPLES["Postfix, mailbox full"].raw(token(sent.sink, 1)),
        SAMPLES["Yahoo, a complaint"].raw(token(sent.sink, 2)),
        SAMPLES["somebody is away"].raw(token(sent.sink, 2)),
        SAMPLES["Postfix, no such user"].raw("a" * 42),
    )

    look_again(sent.house)

    with sent.house.session() as session:
        assert states(session, sent.distribution) == {"bounced": 2, "complained": 1}
        assert sorted(suppressed(session)) == ["bounced", "complained"]
        row = session.query(Mailbox).one()
        assert (row.taken, row.left_alone, row.problem) == (3, 2, "")
    assert len(sent.box.mails) == 2
    look_again(sent.house)
    assert len(sent.box.fetched) == 5


def test_whoever_is_killed_before_a_mail_is_deleted_takes_it_once(sent: Any) -> None:
    mail = SAMPLES["Postfix, no such user"].raw(token(sent.sink, 0))
    sent.box.add(mail)
    sent.box.cut_at = "STORE" if sent.box.protocol == "imap" else "DELE"

    look_again(sent.house)

    assert list(sent.box.mails.values()) == [mail], "kept here, and still there"
    sent.box.cut_at = ""
    look_again(sent.house)
    with sent.house.session() as session:
        assert session.query(RawReceipt).count() == 1
        assert states(session, sent.distribution) == {"accepted": 2, "bounced": 1}
    assert sent.box.mails == {}


READER = "from workers.queue import actors; actors.do('mailboxes', '', 'bulk')"


def test_a_worker_killed_for_good_between_keeping_and_deleting_takes_a_mail_once(sent: Any) -> None:
    mail = SAMPLES["Postfix, no such user"].raw(token(sent.sink, 0))
    sent.box.add(mail)
    sent.box.cut_at = "STORE" if sent.box.protocol == "imap" else "DELE"
    workers: list[subprocess.Popen[bytes]] = []

    def kill() -> None:
        workers[0].kill()
        workers[0].wait()

    sent.box.when_cut = kill
    with sent.house.session() as session:
        session.execute(text("UPDATE mailboxes SET due_at = :now"), {"now": clock.now(session)})

    workers.append(subprocess.Popen((sys.executable, "-c", READER), cwd=ROOT))

    assert workers[0].wait(60) == -signal.SIGKILL
    with sent.house.session() as session:
        assert session.query(RawReceipt).count() == 1, "it was kept before"
    assert list(sent.box.mails.values()) == [mail], "and is still there"
    sent.box.cut_at = ""
    look_again(sent.house)
    with sent.house.session() as session:
        assert session.query(RawReceipt).count() == 1
        assert states(session, sent.distribution) == {"accepted": 2, "bounced": 1}
    assert sent.box.mails == {}


def open_notices(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT title FROM notices WHERE kind = 'mailbox' AND resolved_at IS NULL")))


def test_a_mailbox_that_cannot_be_read_is_told_of_until_it_can(sent: Any) -> None:
    sent.box.cut_at = "SELECT" if sent.box.protocol == "imap" else "PASS"
    for _ in range(mailboxes.TELLS_AFTER - 1):
        look_again(sent.house)
    with sent.house.session() as session:
        assert (open_notices(session), mailboxes.unreadable(session)) == ([], [])

    look_again(sent.house)

    with sent.house.session() as session:
        assert open_notices(session) == ["Mails that come back to “Relay” cannot be read"]
        (line,) = mailboxes.unreadable(session)
        assert re.fullmatch(r"Relay: 127.0.0.1 .*\. That is so for 3 looks\.", line)
    said: list[str] = []
    doctor.visit(said.append)
    assert "✗ Mailboxes of returned mails can be read" in said
    assert f"    {line}" in said
    sent.box.cut_at = ""
    look_again(sent.house)
    with sent.house.session() as session:
        assert (open_notices(session), mailboxes.unreadable(session)) == ([], [])


def test_a_mailbox_that_is_broken_waits_longer_and_stops_no_other(sent: Any) -> None:
    silent = sent.values | {"mailbox_port": "1"}
    with sent.house.session() as session:
        edit.create(session, SYSTEM, "smtp", "Broken", silent)
    sent.house.tick()
    sent.box.add(SAMPLES["Postfix, no such user"].raw(token(sent.sink, 0)))

    look_again(sent.house)

    with sent.house.session() as session:
        assert states(session, sent.distribution) == {"accepted": 2, "bounced": 1}
        broken = session.query(Mailbox).where(Mailbox.problem != "").one()
        assert "refuses connections" in broken.problem
        assert broken.failures == 2
        assert broken.due_at - clock.now(session) > 3 * mailboxes.EVERY
        assert "hidden-word" not in str(broken.__dict__)


def test_a_mailbox_that_is_no_longer_read_is_forgotten(sent: Any) -> None:
    with sent.house.session() as session:
        connection = session.merge(sent.connection)
        session.refresh(connection)
        edit.change(session, SYSTEM, connection, connection.row_version, "Relay", sent.values | {"bounces": "no"})
    sent.house.tick()

    with sent.house.session() as session:
        assert session.query(Mailbox).count() == 0
