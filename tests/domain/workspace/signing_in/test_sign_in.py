"""Sign-in: slow for guessers by their address and its range, the same for unknown accounts; nobody is locked out by others."""

import datetime
import time

import pytest
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.workspace import User
from domain.workspace.signing_in import password_hashing, sign_in, tries

GOOD = "correct horse staple"
FREE = tries.LIMITS["password"].free


def ann(session: Session) -> User:
    now = clock.now(session)
    user = User(email="Ann@x.example", email_key="ann@x.example", name="Ann", role="marketer", created_at=now, updated_at=now)
    user.password = password_hashing.hashed(GOOD)
    session.add(user)
    session.flush()
    return user


def test_the_right_password_lets_in_whatever_the_case_of_the_address(session: Session) -> None:
    user = ann(session)

    assert sign_in.sign_in(session, " ANN@x.example ", GOOD, "192.0.2.1") is user
    assert sign_in.sign_in(session, "ann@x.example", GOOD + "!", "192.0.2.1") is None


def test_who_was_only_invited_or_deactivated_stays_out(session: Session) -> None:
    user = ann(session)
    user.password = ""
    assert sign_in.sign_in(session, "ann@x.example", "", "192.0.2.1") is None

    user.password, user.deactivated_at = password_hashing.hashed(GOOD), clock.now(session)
    assert sign_in.sign_in(session, "ann@x.example", GOOD, "192.0.2.1") is None


def test_each_further_try_waits_twice_as_long_up_to_a_quarter_of_an_hour(session: Session) -> None:
    def now() -> int:
        return sign_in.begin(session, "ann@x.example", "192.0.2.1")

    assert [now() for _ in range(FREE)] == [0] * FREE
    waited = []
    for _ in range(12):
        seconds = now()
        waited.append(seconds)
        clock.shift(session, datetime.timedelta(seconds=seconds))
        session.info.pop("now", None)
        assert now() == 0

    assert waited == [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_guesser_elsewhere_locks_nobody_out(session: Session) -> None:
    user = ann(session)
    for n in range(100):
        sign_in.begin(session, "ann@x.example", f"192.0.{n % 3}.{n}")

    assert sign_in.begin(session, "ann@x.example", "198.51.100.7") == 0
    assert sign_in.sign_in(session, "ann@x.example", GOOD, "198.51.100.7") is user


@pytest.mark.parametrize(("many", "other"), [("192.0.2.{}", "192.0.3.1"), ("2001:db8:1:{}::1", "2001:db8:2::1")])
def test_a_range_that_tries_many_accounts_waits_a_minute_at_most(session: Session, many: str, other: str) -> None:
    waits = [sign_in.begin(session, f"somebody{n}@x.example", many.format(n)) for n in range(60)]

    assert waits[: tries.LIMITS["passwords of a range"].free] == [0] * 40
    assert 0 < waits[-1] <= 60
    assert sign_in.begin(session, "ann@x.example", other) == 0


def test_the_right_password_forgives_the_tries_before_it(session: Session) -> None:
    ann(session)
    for _ in range(FREE - 1):
        assert sign_in.begin(session, "ann@x.example", "192.0.2.1") == 0
    assert sign_in.begin(session, "ann@x.example", "192.0.2.1") == 0
    sign_in.sign_in(session, "ann@x.example", GOOD, "192.0.2.1")

    assert [sign_in.begin(session, "ann@x.example", "192.0.2.1") for _ in range(FREE)] == [0] * FREE


def test_an_address_of_ipv6_counts_by_its_64_bits() -> None:
    assert tries.one_address("2001:db8::1") == tries.one_address("2001:db8::ffff")
    assert tries.one_address("::ffff:192.0.2.1") == tries.one_address("192.0.2.1") != tries.one_address("192.0.2.2")
    assert tries.range_of("192.0.2.1") == tries.range_of("192.0.2.200")
    assert tries.range_of("no address") == "unknown"


def test_what_no_longer_counts_is_forgotten(session: Session) -> None:
    for _ in range(FREE + 1):
        sign_in.begin(session, "ann@x.example", "192.0.2.1")
    clock.shift(session, tries.FORGOTTEN_AFTER + datetime.timedelta(minutes=16))
    session.info.pop("now", None)

    assert sign_in.begin(session, "ann@x.example", "192.0.2.1") == 0


def test_an_unknown_account_takes_as_long_as_a_known_one(session: Session) -> None:
    ann(session)
    sign_in.sign_in(session, "nobody@x.example", "wrong", "192.0.2.1")  # the first makes nobody's hash

    def seconds(email: str) -> float:
        timed = []
        for n in range(3):
            began = time.thread_time()
            sign_in.sign_in(session, email, "wrong", f"192.0.2.{n}")
            timed.append(time.thread_time() - began)
        return min(timed)

    known, unknown = seconds("ann@x.example"), seconds("nobody@x.example")
    assert unknown > known / 3
