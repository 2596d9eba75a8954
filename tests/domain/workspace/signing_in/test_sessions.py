"""Sessions end: after hours without a request, days after signing in, and at once when a person changes."""

import datetime
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

import settings
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.tables.workspace import User
from domain.workspace.people import change_password, one_time_links
from domain.workspace.people import edit as change
from domain.workspace.signing_in import password_hashing, sessions

ADA = Actor("user_ada", "Ada Lind")
GOOD = "correct horse staple"


@pytest.fixture
def cy(session: Session) -> User:
    now = clock.now(session)
    for name, role in (("Ada", "admin"), ("Cy", "admin")):
        user = User(
            email=f"{name}@x.example", email_key=f"{name}@x.example".lower(), name=name, role=role, created_at=now, updated_at=now,
            password=password_hashing.hashed(GOOD),
        )  # fmt: skip
        session.add(user)
    session.flush()
    return user


def later(session: Session, **by: float) -> None:
    clock.shift(session, datetime.timedelta(**by))
    session.info.pop("now", None)


def test_who_stays_away_for_twelve_hours_signs_in_again(session: Session, cy: User) -> None:
    word = sessions.begin(session, cy)
    later(session, hours=11, minutes=59)
    assert sessions.session_of(session, word) is not None

    later(session, minutes=2)

    assert sessions.session_of(session, word) is None
    assert sessions.of(session, cy.id) == []


def test_after_thirty_days_it_ends_however_often_somebody_came(session: Session, cy: User) -> None:
    word = sessions.begin(session, cy)
    for _ in range(59):
        later(session, hours=12, minutes=-1)
        found = sessions.session_of(session, word)
        assert found is not None
        sessions.seen(session, found[1])
        session.refresh(found[1])
        assert sessions.ends_at(found[1]) <= found[1].created_at + datetime.timedelta(days=30)

    later(session, hours=12, minutes=-1)
    later(session, hours=1)

    assert sessions.session_of(session, word) is None


def test_the_spans_are_settings(session: Session, cy: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARGESSE_SESSION_IDLE_HOURS", "1")
    settings.current.cache_clear()
    word = sessions.begin(session, cy)
    later(session, minutes=61)
    try:
        assert sessions.session_of(session, word) is None
    finally:
        monkeypatch.undo()
        settings.current.cache_clear()


def _chosen(session: Session, cy: User) -> None:
    change_password.choose(session, one_time_links.make(session, cy, "reset").rpartition("/")[2], "five different words here")


ENDS: dict[str, Callable[[Session, User], object]] = {
    "a new password": lambda session, cy: change_password.change(session, cy, GOOD, "five different words here", None),
    "a password by a link": _chosen,
    "a removed role": lambda session, cy: change.edit(session, ADA, cy, cy.row_version, "Cy", "viewer"),
    "deactivating": lambda session, cy: change.deactivate(session, ADA, cy),
    "signing out by an administrator": lambda session, cy: change.sign_out(session, ADA, cy),
    "signing out everywhere": lambda session, cy: sessions.revoke(session, cy.id),
}


@pytest.mark.parametrize("what", ENDS)
def test_every_session_ends_at_once_also_one_that_waits_for_a_code(session: Session, cy: User, what: str) -> None:
    here, waits = sessions.begin(session, cy), sessions.begin(session, cy, waits_for_code=True)

    ENDS[what](session, cy)

    assert sessions.session_of(session, here) is None
    assert sessions.waiting(session, waits) is None


def test_who_may_do_more_stays_signed_in(session: Session, cy: User) -> None:
    cy.role = "viewer"
    word = sessions.begin(session, cy)

    change.edit(session, ADA, cy, cy.row_version, "Cy", "admin")

    assert sessions.session_of(session, word) is not None


def test_a_browser_that_waits_for_its_code_is_not_signed_in(session: Session, cy: User) -> None:
    word = sessions.begin(session, cy, waits_for_code=True)

    assert sessions.session_of(session, word) is None
    assert sessions.of(session, cy.id) == []
    assert sessions.waiting(session, word) is not None
    later(session, minutes=11)
    assert sessions.waiting(session, word) is None
