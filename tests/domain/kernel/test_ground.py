"""The ground: clock, nudges, secrets, money, ids."""

import datetime
import uuid

import pytest
from sqlalchemy.orm import Session

from domain.journal.audit import record
from domain.kernel import clock, nudges, secrets
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, folded, inside, outside
from domain.kernel.text import money


def test_the_clock_stands_still_in_a_transaction_and_can_be_moved(session: Session) -> None:
    before = clock.now(session)
    assert clock.now(session) == before

    clock.shift(session, datetime.timedelta(days=3))

    assert clock.now(session) - before == datetime.timedelta(days=3)


def test_nudges_leave_after_the_commit_and_not_after_a_savepoint(engine) -> None:
    sent: list[nudges.Nudge] = []
    nudges.deliver_with(sent.append)
    try:
        with Session(engine) as session:
            with session.begin_nested():
                nudges.nudge(session, "look")
                nudges.nudge(session, "look")
            assert sent == []
            session.commit()
            assert sent == [nudges.Nudge("look")]

            clock.now(session)
            nudges.nudge(session, "never")
            session.rollback()
            session.commit()
            assert len(sent) == 1
    finally:
        nudges.deliver_with(None)


def test_a_secret_comes_back_and_a_token_serves_one_purpose() -> None:
    assert secrets.decrypt(secrets.encrypt({"key": "SG.x"})) == {"key": "SG.x"}

    word = secrets.token("unsubscribe", "abc.def")

    assert secrets.subject_of("unsubscribe", word) == "abc.def"
    assert secrets.subject_of("receipt", word) is None
    assert secrets.subject_of("unsubscribe", word[:-2] + "AA") is None


def test_a_broken_box_is_told_in_words() -> None:
    with pytest.raises(ValueError, match="no longer in LARGESSE_SECRET_KEYS"):
        secrets.decrypt(b"nonsense")


def test_money_is_minor_units() -> None:
    assert money.minor_units("12.50", "EUR") == 1250
    assert money.shown(1250, "EUR") == "€12.50"
    with pytest.raises(ValueError, match="not an amount"):
        money.minor_units("a lot", "EUR")
    with pytest.raises(ValueError, match="decimals"):
        money.minor_units("1.5", "JPY")


def test_ids_are_prefixed_outside() -> None:
    id = uuid.uuid4()
    assert inside(Prefix.CUSTOMER, outside(Prefix.CUSTOMER, id)) == id
    assert inside(Prefix.CUSTOMER, outside(Prefix.SEGMENT, id)) is None
    assert inside(Prefix.CUSTOMER, "cust_nonsense") is None
    assert folded("  Autumn   Thank-You ") == "autumn thank-you"


def test_the_audit_trail_cannot_be_rewritten(session: Session) -> None:
    record(session, SYSTEM, "launch distribution", "distr_x")
    session.flush()
    with pytest.raises(Exception, match="append-only"):
        session.execute(__import__("sqlalchemy").text("UPDATE audit SET actor = 'nobody'"))
