"""Keys of programs: found by their token, bound to addresses, counted by minute and day."""

import datetime

import pytest
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import Refused
from domain.workspace.api_keys import authorize
from domain.workspace.api_keys import create as make
from domain.workspace.api_keys.authorize import Shown
from domain.workspace.api_keys.limits import CallLimits, take_code


def found(session: Session, made: make.Made) -> authorize.Caller:
    caller = authorize.find(session, Shown(made.token))
    assert caller is not None
    return caller


def test_a_key_is_found_by_its_token_and_its_id_must_fit(session: Session) -> None:
    made = make.make(session, SYSTEM, "Braze")

    callers = [authorize.find(session, shown) for shown in (Shown(made.token, made.key.app_id), Shown(made.token))]

    assert [caller and caller.id for caller in callers] == [made.key.id] * 2
    assert authorize.find(session, Shown(made.token, "another")) is None
    assert authorize.find(session, Shown(made.token + "x")) is None
    assert made.token not in made.key.token_digest


def test_a_revoked_key_opens_nothing(session: Session) -> None:
    made = make.make(session, SYSTEM, "Braze")

    make.revoke(session, SYSTEM, made.key)
    session.flush()

    assert authorize.find(session, Shown(made.token)) is None


def test_a_key_bound_to_addresses_works_only_from_there(session: Session) -> None:
    caller = found(session, make.make(session, SYSTEM, "Shop", addresses=["203.0.113.0/24"]))

    assert caller.calls_from("203.0.113.9")
    assert not caller.calls_from("198.51.100.1")
    assert not caller.calls_from("nonsense")


def test_a_window_counts_and_begins_anew(session: Session) -> None:
    made = make.make(session, SYSTEM, "Shop", per_minute=2, codes_per_day=2)
    process, another = CallLimits(), CallLimits()

    assert [process.take(session, found(session, made)).allowed for _ in range(3)] == [True, True, False]
    assert not another.take(session, found(session, made)).allowed

    clock.shift(session, datetime.timedelta(minutes=1))
    assert another.take(session, found(session, made)).remaining == 1
    assert process.take(session, found(session, made)).remaining == 0

    days = [take_code(session, found(session, made)) for _ in range(3)]
    assert [day and day.allowed for day in days] == [True, True, False]


def test_a_limit_that_is_raised_counts_at_once(session: Session) -> None:
    made = make.make(session, SYSTEM, "Shop", per_minute=1)
    process = CallLimits()
    assert [process.take(session, found(session, made)).allowed for _ in range(2)] == [True, False]

    made.key.per_minute = 300
    session.flush()

    assert process.take(session, found(session, made)).allowed


def test_what_remains_is_counted_down_call_by_call(session: Session) -> None:
    made = make.make(session, SYSTEM, "Shop", per_minute=1_000)
    process = CallLimits()

    assert [process.take(session, found(session, made)).remaining for _ in range(25)] == list(range(999, 974, -1))


def test_a_key_without_a_number_of_codes_a_day_is_not_counted(session: Session) -> None:
    assert take_code(session, found(session, make.make(session, SYSTEM, "Shop"))) is None


@pytest.mark.parametrize(("name", "more"), [("", {}), ("x", {"verbs": ["fly"]}), ("x", {"verbs": []}), ("x", {"addresses": ["here"]})])
def test_a_key_that_makes_no_sense_is_refused_in_words(session: Session, name: str, more: dict[str, list[str]]) -> None:
    with pytest.raises(Refused, match=r"\.$"):
        make.make(session, SYSTEM, name, **more)
