"""Whole runs through every provider that has a stand-in: at the end everybody's state is what the other side would say, too."""

import datetime
import math
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from domain.connections import edit
from domain.incentives.ledger import check as ledger
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.sending.states import tallies
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from integrations import catalogue
from integrations.contract import Mode
from tests.integrations import standins
from tests.integrations.peer import answering
from tests.integrations.standins import NOBODY_PHONE, StandIn
from tests.sending import codes_to_segment, states
from tests.workers.house import House

each = pytest.mark.parametrize("key", standins.keys())
MINUTES = 60
SMALL = 10
"""Messages of a call where a run is full of trouble: more calls, sooner over."""


def mode_of(key: str) -> Mode:
    return catalogue.provider(key).mode(standins.of(key).MODE)


def people(batch: int) -> int:
    """Full calls, and one that is not."""
    return max(25, 2 * batch + 1)


@contextmanager
def launched(house: House, key: str, standin: StandIn, count: int, batch: int | None = None) -> Iterator[Distribution]:
    """One code each for so many customers who can be reached in every way."""
    with answering(standin.answer) as peer:
        with house.session() as session:
            connection, _ = edit.create(session, SYSTEM, key, key, standin.settings(peer.url), batch=batch)
            distribution = codes_to_segment(session, count, connection=connection, mode=standin.MODE, parts=standin.PARTS)
            session.execute(
                text("""
                    WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers)
                    UPDATE customers c SET source_id = 'c-' || n, phone = '+44770' || (1000000 + n) FROM numbered WHERE numbered.id = c.id
                """)
            )
        yield distribution


def until_done(house: House, standin: StandIn, distribution: Distribution) -> None:
    """Minute after minute, until nothing is left to do."""
    for _ in range(MINUTES):
        house.tick()
        with house.session() as session:
            row = session.get_one(Distribution, distribution.id)
            assert row.status in {"sending", "done"}, row.pause_detail
            assert not (reason := session.query(Connection).one().paused_reason), reason
            if row.status == "done":
                return
            clock.shift(session, datetime.timedelta(minutes=1))
        standin.minute()
    pytest.fail("It never came to its end.")


def ends(house: House) -> dict[str, tuple[str, str]]:
    """Address and id of every message -> its state and the code that was meant for it."""
    with house.session() as session:
        rows = session.execute(
            text("""
                SELECT d.id, d.address, d.state, coalesce(v.code, '') AS code
                FROM deliveries d JOIN recipients r ON r.id = d.recipient_id LEFT JOIN vouchers v ON v.id = r.voucher_id
            """)
        ).all()
    known = {row.address: (row.state, row.code) for row in rows if row.address}
    return known | {f"dlv_{row.id.hex}": (row.state, row.code) for row in rows}


def right(house: House) -> None:
    with house.session() as session:
        assert tallies.check(session) == []
        assert ledger.check(session) == []


@each
def test_everybody_is_told_their_code_in_as_few_calls_as_can_be(house: House, key: str) -> None:
    batch = mode_of(key).limits.items
    standin, count = standins.of(key)(), people(batch)
    with launched(house, key, standin, count) as distribution:
        until_done(house, standin, distribution)

    with house.session() as session:
        assert states(session, distribution) == {"accepted": count}
        assert states(session, distribution, "recipients") == {"served": count}
    known = ends(house)
    assert standin.wrong == []
    assert len({to for to, _ in standin.taken}) == len(standin.taken) == count
    for to, words in standin.taken:
        assert known[to][1] in words
    assert standin.sends == math.ceil(count / batch)
    assert standin.others <= 2 * standin.sends
    right(house)


@each
def test_a_run_full_of_trouble_ends_in_the_truth(house: House, key: str) -> None:
    """Some addresses are nobody's, calls are throttled, and one is taken and then cut off."""
    mode = mode_of(key)
    batch = min(mode.limits.items, SMALL)
    count = people(batch)
    standin = standins.of(key)(quota=max(2, math.ceil(count / batch) // 2), cut=2)
    with launched(house, key, standin, count, batch) as distribution:
        with house.session() as session:
            session.execute(
                text("""
                    WITH gone AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers ORDER BY id LIMIT 3)
                    UPDATE customers c SET email = 'nobody' || n || '@example.com', source_id = 'nobody-' || n,
                        phone = :nobody || (1000 + n)
                    FROM gone WHERE gone.id = c.id
                """),
                {"nobody": NOBODY_PHONE},
            )
        until_done(house, standin, distribution)

    known = ends(house)
    told = [to for to, _ in standin.taken]
    assert standin.wrong == []
    assert {state for state, _ in known.values()} <= {"accepted", "refused", "unsure"}
    nobodies = {to: state for to, (state, _) in known.items() if standins.is_nobody(to)}
    assert {to for to, (state, _) in known.items() if state == "refused" and not to.startswith("dlv_")} <= nobodies.keys()
    assert set(nobodies.values()) <= {"refused", "unsure"}
    if mode.repeat_safe_for is None:
        assert len(set(told)) == len(told), "nobody was written to twice"
    for to, words in standin.taken:
        assert known[to][0] in {"accepted", "unsure"}
        assert known[to][1] in words
    accepted = sum(state == "accepted" for to, (state, _) in known.items() if to.startswith("dlv_"))
    unsure = sum(state == "unsure" for to, (state, _) in known.items() if to.startswith("dlv_"))
    assert accepted + unsure - list(nobodies.values()).count("unsure") == len(set(told)) == count - 3
    assert 0 < unsure <= batch if mode.repeat_safe_for is None else unsure == 0
    right(house)
