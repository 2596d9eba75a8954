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


def test_a_key_is_found_by_its_token_and_its_id_must_fit(session: Session) -> None:
    made = make.make(session, SYSTEM, "Braze")

    assert authorize.find(session, Shown(made.token, made.key.app_id)) is made.key
    assert authorize.find(session, Shown(made.token)) is made.key
    assert authorize.find(session, Shown(made.token, "another")) is None
    assert authorize.find(session, Shown(made.token + "x")) is None
    assert made.token not in made.key.token_digest


def test_a_revoked_key_opens_nothing(session: Session) -> None:
    made = make.make(session, SYSTEM, "Braze")

    make.revoke(session, SYSTEM, made.key)
    session.flush()

    assert authorize.find(session, Shown(made.token)) is None


def test_a_key_bound_to_addresses_works_only_from_there(session: Session) -> None:
    key = make.make(session, SYSTEM, "Shop", addresses=["203.0.113.0/24"]).key

    assert authorize.from_here(key, "203.0.113.9")
    assert not authorize.from_here(key, "198.51.100.1")
    assert not authorize.from_here(key, "nonsense")


def test_a_window_counts_and_begins_anew(session: Session) -> None:
    key = make.make(session, SYSTEM, "Shop").key

    assert [authorize.take(session, key, "minute", 2).allowed for _ in range(3)] == [True, True, False]

    clock.shift(session, datetime.timedelta(minutes=1))
    assert authorize.take(session, key, "minute", 2).remaining == 1
    assert authorize.take(session, key, "day", 10, units=3).remaining == 7


@pytest.mark.parametrize(("name", "more"), [("", {}), ("x", {"verbs": ["fly"]}), ("x", {"verbs": []}), ("x", {"addresses": ["here"]})])
def test_a_key_that_makes_no_sense_is_refused_in_words(session: Session, name: str, more: dict[str, list[str]]) -> None:
    with pytest.raises(Refused, match=r"\.$"):
        make.make(session, SYSTEM, name, **more)  # type: ignore[arg-type]
