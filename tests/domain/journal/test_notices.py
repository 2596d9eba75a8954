"""Notices: raised once, reworded, resolved, raised again, mailed once."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.journal import notice_mail, notices
from domain.tables.journal import Notice, OutgoingMail


def test_the_same_trouble_is_open_once_and_reworded(session: Session) -> None:
    assert notices.raise_notice(session, "no_codes", "distr_1", "12 wait")
    assert not notices.raise_notice(session, "no_codes", "distr_1", "14 wait", grave=True)

    (open_one,) = notices.open_notices(session)
    assert (open_one.title, open_one.grave) == ("14 wait", True)


def test_what_was_set_right_can_go_wrong_again(session: Session) -> None:
    notices.raise_notice(session, "no_codes", "distr_1", "12 wait")

    assert notices.resolve(session, "no_codes", "distr_1")
    assert not notices.resolve(session, "no_codes", "distr_1")
    assert notices.open_notices(session) == []

    notices.raise_notice(session, "no_codes", "distr_1", "3 wait")
    assert len(session.scalars(select(Notice)).all()) == 2


def test_what_stopped_comes_before_what_needs_a_look(session: Session) -> None:
    notices.raise_notice(session, "connection", "conn_1", "stopped", grave=True)
    notices.raise_notice(session, "low", "camp_1", "runs low")

    assert [n.title for n in notices.open_notices(session)] == ["stopped", "runs low"]


def test_without_system_mail_a_notice_waits_to_be_mailed(session: Session) -> None:
    notices.raise_notice(session, "no_codes", "distr_1", "12 wait")

    assert notice_mail.write_letters(session) == 0
    assert session.scalars(select(OutgoingMail)).all() == []
