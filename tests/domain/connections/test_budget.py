"""The budget of calls: shared by all, a second at a time, a fifth kept for triggers."""

import datetime

import pytest
from sqlalchemy.orm import Session

from domain.connections import budget, configured
from domain.kernel import clock, secrets
from domain.tables.connections import Connection


def a_connection(session: Session, per_second: int | None = None, **values: object) -> Connection:
    now = clock.now(session)
    made = Connection(
        name=f"Sandbox {now}", name_key=f"sandbox {now}", provider="sandbox", receipt_word=f"word {now}", created_at=now, updated_at=now,
        per_second=per_second, **values,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def later(session: Session, seconds: float) -> None:
    clock.shift(session, datetime.timedelta(seconds=seconds))


def test_bulk_leaves_a_fifth_of_every_second_to_triggers(session: Session) -> None:
    c = a_connection(session, per_second=10)

    assert budget.take(session, c.id, "email", 100, "bulk") == 8
    assert budget.take(session, c.id, "email", 1, "bulk") == 0
    assert budget.take(session, c.id, "email", 100, "trigger") == 2
    assert budget.take(session, c.id, "email", 1, "trigger") == 0


def test_the_next_second_brings_new_calls(session: Session) -> None:
    c = a_connection(session, per_second=10)
    budget.take(session, c.id, "email", 100, "bulk")

    later(session, 1)

    assert budget.take(session, c.id, "email", 100, "bulk") == 8


def test_a_transaction_that_began_earlier_does_not_turn_the_second_back(session: Session) -> None:
    c = a_connection(session, per_second=10)
    later(session, 1)
    budget.take(session, c.id, "email", 100, "trigger")

    later(session, -1)

    assert budget.take(session, c.id, "email", 100, "trigger") == 0


def test_one_call_a_second_still_serves_bulk(session: Session) -> None:
    assert budget.take(session, a_connection(session, per_second=1).id, "email", 5, "bulk") == 1


def test_the_modes_of_a_connection_have_budgets_of_their_own(session: Session) -> None:
    c = a_connection(session, per_second=1)
    budget.take(session, c.id, "email", 1, "bulk")

    assert budget.take(session, c.id, "sms", 1, "bulk") == 1


@pytest.mark.parametrize("per_second", [None, 10])
def test_the_providers_word_closes_both_lanes_until_then(session: Session, per_second: int | None) -> None:
    c = a_connection(session, per_second=per_second)
    budget.wait(session, c.id, "email", clock.now(session) + datetime.timedelta(seconds=60), "It asks for a pause.")
    budget.wait(session, c.id, "email", clock.now(session) + datetime.timedelta(seconds=5), "It asks for a pause.")

    later(session, 59)
    assert budget.take(session, c.id, "email", 1, "trigger") == 0
    later(session, 2)
    assert budget.take(session, c.id, "email", 1, "trigger") == 1


def test_a_paused_connection_grants_nothing(session: Session) -> None:
    c = a_connection(session, paused_at=clock.now(session))

    assert budget.take(session, c.id, "email", 1, "bulk") == 0


def test_settings_are_what_was_typed_with_secrets_in_clear_and_defaults(session: Session) -> None:
    c = a_connection(session, config={"refused_share": "5"}, secrets=secrets.encrypt({"delay": "7"}))

    provider, settings = configured.configured(session, c.id)

    assert provider.key == "sandbox"
    assert settings == {"refused_share": "5", "delay": "7"}


def test_credentials_that_cannot_be_read_say_so(session: Session) -> None:
    c = a_connection(session, secrets=b"broken")

    with pytest.raises(configured.Unusable, match="LARGESSE_SECRET_KEYS"):
        configured.configured(session, c.id)
    c.archived_at = clock.now(session)
    with pytest.raises(configured.Unusable, match="gone"):
        configured.configured(session, c.id)


def test_a_connection_may_lower_a_limit_and_not_raise_it(session: Session) -> None:
    c = a_connection(session, per_second=5, batch=5000)
    mode = configured.provider_of(c).mode("email")

    limits = configured.limits_of(c, mode)

    assert (limits.items, limits.per_second) == (1000, 5)
