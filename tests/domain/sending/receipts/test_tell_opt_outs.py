"""Who wants nothing more is told to the platforms that want to know: once, whatever breaks, and never to whoever told us."""

import datetime
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from domain.customers.consents import suppressions
from domain.kernel import clock
from domain.sending.receipts import tell_opt_outs
from domain.sending.receipts.tell_opt_outs import Telling
from domain.tables.connections import Connection
from integrations.contract import Fate, Outcome
from integrations.http import Http
from tests.cast import ANN
from tests.scenes import Scene

MAIL = "dina@okafor.example"


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


@pytest.fixture
def mailgun(scene: Scene) -> Connection:
    scene.customer("Dina", MAIL)
    return scene.connection("Mailgun", "mailgun", tells_opt_outs=True)


def due(session: Session, after: float = 0.0) -> Telling | None:
    session.execute(text("UPDATE opt_outs_to_tell SET due_at = due_at - make_interval(secs => :after)"), {"after": after})
    return tell_opt_outs.claim(session)


def test_it_is_told_once_to_each_connection_that_wants_it(session: Session, scene: Scene, mailgun: Connection) -> None:
    scene.connection("Quiet", "sendgrid")
    other = scene.connection("News", "sendgrid", tells_opt_outs=True)

    for _ in range(2):
        suppressions.suppress(session, "email", MAIL, "unsubscribed", "unsubscribe link")
    told = [wanted for _ in range(3) if (wanted := due(session))]
    for wanted in told:
        tell_opt_outs.record(session, wanted, Outcome("", Fate.ACCEPTED))

    assert sorted((wanted.connection_id, wanted.address) for wanted in told) == sorted((id, MAIL) for id in (mailgun.id, other.id))
    assert due(session, 1e6) is None
    assert tell_opt_outs.counts(session, mailgun.id) == {"told": 1}


def test_whoever_told_us_is_not_told(session: Session, mailgun: Connection) -> None:
    suppressions.suppress(session, "email", MAIL, "unsubscribed", mailgun.name)

    assert due(session) is None


@pytest.mark.parametrize("reason", ["bounced", "import", "erased"])
def test_what_no_person_said_is_not_told(session: Session, mailgun: Connection, reason: str) -> None:
    suppressions.suppress(session, "email", MAIL, reason)

    assert due(session) is None


def test_it_is_tried_again_ever_later_and_given_up_after_three_days(session: Session, mailgun: Connection) -> None:
    suppressions.suppress(session, "email", MAIL, "complained", "SMTP")

    first = due(session)
    assert first is not None
    assert due(session) is None, "nobody else tells it meanwhile"
    tell_opt_outs.record(session, first, Outcome("", Fate.LATER, "Mailgun answered 503."))
    assert due(session, 29) is None
    second = due(session, 1)
    assert second is not None
    assert second.attempts == 2
    session.execute(text("UPDATE opt_outs_to_tell SET created_at = created_at - interval '3 days'"))
    third = due(session, 1e4)
    assert third is not None
    tell_opt_outs.record(session, third, Outcome("", Fate.LATER, "Mailgun answered 503."))

    assert due(session, 1e6) is None
    assert tell_opt_outs.counts(session, mailgun.id) == {"failed": 1}


def test_a_worker_that_dies_while_telling_costs_two_minutes(session: Session, mailgun: Connection) -> None:
    suppressions.suppress(session, "email", MAIL, "by hand", "Ann")

    assert due(session) is not None
    assert due(session, tell_opt_outs.ASKING.total_seconds()) is not None


def test_nobody_is_told_of_somebody_erased(session: Session, mailgun: Connection) -> None:
    suppressions.suppress(session, "email", MAIL, "unsubscribed", "preference page")
    session.execute(text("UPDATE customers SET email = '', email_hash = ''"))

    wanted = due(session)

    assert wanted is not None
    assert wanted.address == ""
    assert tell_opt_outs.tell(None, wanted).fate is Fate.ACCEPTED  # nothing is called


def test_an_adapter_that_breaks_is_found_in_the_log_by_the_row_it_broke_on(session: Session, mailgun: Connection) -> None:
    suppressions.suppress(session, "email", MAIL, "unsubscribed", "preference page")
    wanted = due(session)
    assert wanted is not None
    assert wanted.provider is not None
    broken = replace(wanted, provider=replace(wanted.provider, tell_opt_out=lambda *_: {}["told"]))

    with capture_logs() as lines:
        assert tell_opt_outs.tell(Http(), broken).fate is Fate.LATER

    (line,) = lines
    assert line["item"] == f"{mailgun.id} email {wanted.hash}"
    assert isinstance(line["exc_info"], KeyError)


def test_who_is_allowed_again_and_says_no_again_is_told_again(session: Session, mailgun: Connection) -> None:
    now: datetime.datetime = clock.now(session)
    suppressions.suppress(session, "email", MAIL, "unsubscribed", "preference page")
    first = due(session)
    assert first is not None
    assert first.since <= now
    tell_opt_outs.record(session, first, Outcome("", Fate.ACCEPTED))
    suppressions.allow_again(session, ANN, "email", first.hash, "They asked for it")

    suppressions.suppress(session, "email", MAIL, "unsubscribed", "preference page")

    assert due(session) is not None
