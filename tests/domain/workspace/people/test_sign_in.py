"""Sign-in: slow for guessers by account and by address, the same for unknown accounts."""

import datetime
import time

from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.workspace import User
from domain.workspace.people import password_hashing
from domain.workspace.people.sign_in import PER_ACCOUNT, PER_ADDRESS, SignInRefusal, sign_in

GOOD = "correct horse staple"


def ann(session: Session) -> User:
    now = clock.now(session)
    user = User(email="Ann@x.example", email_key="ann@x.example", name="Ann", role="marketer", created_at=now, updated_at=now)
    user.password = password_hashing.hashed(GOOD)
    session.add(user)
    session.flush()
    return user


def test_the_right_password_lets_in_whatever_the_case_of_the_address(session: Session) -> None:
    user = ann(session)

    assert sign_in(session, " ANN@x.example ", GOOD, "192.0.2.1") is user
    assert sign_in(session, "ann@x.example", GOOD + "!", "192.0.2.1") is SignInRefusal.WRONG


def test_who_was_only_invited_or_deactivated_stays_out(session: Session) -> None:
    user = ann(session)
    user.password = ""
    assert sign_in(session, "ann@x.example", "", "192.0.2.1") is SignInRefusal.WRONG

    user.password, user.deactivated_at = password_hashing.hashed(GOOD), clock.now(session)
    assert sign_in(session, "ann@x.example", GOOD, "192.0.2.1") is SignInRefusal.WRONG


def test_after_too_many_wrong_tries_even_the_right_password_waits(session: Session) -> None:
    user = ann(session)
    for n in range(PER_ACCOUNT):
        assert sign_in(session, "ann@x.example", "wrong", f"192.0.2.{n}") is SignInRefusal.WRONG

    assert sign_in(session, "ann@x.example", GOOD, "192.0.2.99") is SignInRefusal.TOO_MANY

    clock.shift(session, datetime.timedelta(minutes=16))
    assert sign_in(session, "ann@x.example", GOOD, "192.0.2.99") is user


def test_an_address_that_tries_many_accounts_waits(session: Session) -> None:
    from domain.tables.workspace import SignInFailure

    user = ann(session)
    now = clock.now(session)
    session.add_all(SignInFailure(key="address:192.0.2.7", created_at=now) for _ in range(PER_ADDRESS))
    session.flush()

    assert sign_in(session, "ann@x.example", GOOD, "192.0.2.7") is SignInRefusal.TOO_MANY
    assert sign_in(session, "ann@x.example", GOOD, "192.0.2.8") is user


def test_an_unknown_account_takes_as_long_as_a_known_one(session: Session) -> None:
    ann(session)
    sign_in(session, "nobody@x.example", "wrong", "192.0.2.1")  # the first makes nobody's hash

    def seconds(email: str) -> float:
        tries = []
        for n in range(3):
            began = time.perf_counter()
            sign_in(session, email, "wrong", f"192.0.2.{n}")
            tries.append(time.perf_counter() - began)
        return min(tries)

    known, unknown = seconds("ann@x.example"), seconds("nobody@x.example")
    assert unknown > known / 3
