"""The ledger when much happens at once, and when it is cut off anywhere."""

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, PendingRollbackError
from sqlalchemy.orm import Session

from domain.incentives.codes.pool import Pool, fold, pool
from domain.incentives.ledger import check as ledger
from domain.incentives.ledger.assign import CodeRequest, NotPublished, assign, publish, release, reserve
from domain.kernel.base import new_id
from tests.domain.incentives.conftest import Maker
from tests.domain.incentives.given import a_campaign, finish, ids, one, recipients


@contextmanager
def killed_at(session: Session, statement: int) -> Iterator[None]:
    """Lose the connection just before the n-th statement of this session; 0: never."""
    left = [statement]
    connection = session.connection()

    def count(*_: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            connection.connection.driver_connection.close()

    if statement:
        event.listen(connection, "before_cursor_execute", count)
    yield


def at_once(tasks: list[Callable[[], Any]]) -> list[Any]:
    """Run all of these in threads that begin together; their results in order."""
    start = threading.Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        start.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return [future.result(timeout=60) for future in [threads.submit(run, task) for task in tasks]]


@pytest.mark.parametrize(("codes", "batches", "size"), [(1_000, 8, 100), (300, 8, 100), (100, 8, 1), (799, 8, 100)])
def test_n_workers_on_m_codes_give_exactly_what_there_is(committing: Maker, codes: int, batches: int, size: int) -> None:
    with committing.begin() as session:
        campaign = a_campaign(session, codes=codes)
        wanted = [recipients(session, size) for _ in range(batches)]

    def work(batch: list[CodeRequest]) -> int:
        with committing.begin() as session:
            reserved = reserve(session, campaign.id, batch)
            assert reserved.dry == (len(reserved.codes) < size)
        with committing.begin() as session:
            return assign(session, ids(batch), None, "Dashboard")

    given = sum(at_once([lambda b=b: work(b) for b in wanted]))

    with committing() as session:
        assert given == min(codes, batches * size) == one(session, "SELECT count(DISTINCT voucher_id) FROM publications")
        assert pool(session, campaign.id) == Pool(free=codes - given, assigned=given)
        assert ledger.check(session) == []


def test_codes_that_only_look_gone_are_waited_for(committing: Maker) -> None:
    with committing.begin() as session:
        campaign = a_campaign(session, codes=10)
        first, second = recipients(session, 10), recipients(session, 4)

    with committing() as taking, ThreadPoolExecutor(1) as threads:
        reserve(taking, campaign.id, first)

        def ask() -> int:
            with committing.begin() as session:
                return len(reserve(session, campaign.id, second).codes)

        waiting = threads.submit(ask)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        taking.rollback()
        assert waiting.result(timeout=10) == 4


def test_a_pool_that_grows_serves_everybody_who_comes_at_once(committing: Maker) -> None:
    with committing.begin() as session:
        campaign = a_campaign(session, codes=50, auto_update=True)
        wanted = [recipients(session, 100) for _ in range(6)]

    def work(batch: list[CodeRequest]) -> int:
        with committing.begin() as session:
            return len(reserve(session, campaign.id, batch).codes)

    assert at_once([lambda b=b: work(b) for b in wanted]) == [100] * 6

    with committing() as session:
        assert pool(session, campaign.id).total == 1_050
        assert ledger.check(session) == []


def test_two_distributions_at_once_give_a_customer_who_joins_once_one_code(committing: Maker) -> None:
    with committing.begin() as session:
        campaign = a_campaign(session, codes=500, join_once=True)
        customers = [new_id() for _ in range(60)]
        batches = [recipients(session, random.sample(customers, len(customers))) for _ in range(5)]

    def work(batch: list[CodeRequest]) -> dict[uuid.UUID, uuid.UUID]:
        with committing.begin() as session:
            reserved = reserve(session, campaign.id, batch)
        with committing.begin() as session:
            assign(session, ids(batch), None, "Dashboard")
        return {w.customer_id: reserved.codes[w.recipient_id] for w in batch}

    first, *others = at_once([lambda b=b: work(b) for b in batches])

    assert all(other == first for other in others)
    with committing() as session:
        assert pool(session, campaign.id) == Pool(free=440, assigned=60)
        assert ledger.check(session) == []


def test_two_channels_that_record_at_once_publish_once(committing: Maker) -> None:
    with committing.begin() as session:
        campaign = a_campaign(session, codes=200)
        batch = recipients(session, 200)
        reserve(session, campaign.id, batch)

    def work(order: list[uuid.UUID]) -> int:
        with committing.begin() as session:
            return assign(session, order, None, "Dashboard")

    orders = [random.sample(ids(batch), 200) for _ in range(4)]
    assert sum(at_once([lambda o=o: work(o) for o in orders])) == 200

    with committing() as session:
        assert one(session, "SELECT count(*) FROM publications") == 200
        assert ledger.check(session) == []


@pytest.mark.parametrize(("join_once", "source"), [(True, None), (False, "order-1")])
def test_one_question_asked_ten_times_at_once_gets_one_code(committing: Maker, join_once: bool, source: str | None) -> None:
    with committing.begin() as session:
        campaign, dina = a_campaign(session, codes=20, join_once=join_once), new_id()

    def ask() -> str:
        with committing.begin() as session:
            return publish(session, campaign.id, dina, source).code

    assert len(set(at_once([ask] * 10))) == 1

    with committing() as session:
        assert pool(session, campaign.id) == Pool(free=19, assigned=1)
        assert one(session, "SELECT count(*) FROM publications") == 1
        assert ledger.check(session) == []


class Ledger(RuleBasedStateMachine):
    """Any order of commands, each cut off at any statement, keeps the ledger exact."""

    maker: Maker
    cut = st.integers(0, 9)
    some = st.lists(st.integers(0, 30), max_size=6)

    @initialize(join_once=st.booleans(), auto_update=st.booleans(), limit=st.sampled_from([None, 1]))
    def begin(self, join_once: bool, auto_update: bool, limit: int | None) -> None:
        self.customers = [new_id() for _ in range(5)]
        self.made: list[CodeRequest] = []
        self.given: dict[uuid.UUID, uuid.UUID] = {}
        with self.maker.begin() as session:
            self.campaign = a_campaign(session, codes=6, join_once=join_once, auto_update=auto_update, redemption_limit=limit)

    def do(self, cut: int, command: Callable[[Session], Any]) -> None:
        try:
            with self.maker.begin() as session, killed_at(session, cut):
                command(session)
        except (NotPublished, OperationalError, PendingRollbackError):
            pass

    def chosen(self, numbers: list[int]) -> list[uuid.UUID]:
        return [self.made[n % len(self.made)].recipient_id for n in numbers if self.made]

    @rule(customers=st.lists(st.integers(0, 4), min_size=1, max_size=4), cut=cut)
    def reserve(self, customers: list[int], cut: int) -> None:
        with self.maker.begin() as session:
            batch = recipients(session, [self.customers[n] for n in customers])
        self.made += batch
        self.do(cut, lambda session: reserve(session, self.campaign.id, batch))

    @rule(some=some, cut=cut)
    def reserve_again(self, some: list[int], cut: int) -> None:
        with self.maker() as session:
            open_ones = set(session.scalars(text("SELECT id FROM recipients WHERE state = 'pending'")))
        batch = [w for w in self.made if w.recipient_id in open_ones and w.recipient_id in self.chosen(some)]
        self.do(cut, lambda session: reserve(session, self.campaign.id, batch))

    @rule(some=some, cut=cut)
    def assign(self, some: list[int], cut: int) -> None:
        self.do(cut, lambda session: assign(session, self.chosen(some), None, "Dashboard"))

    @rule(some=some, cut=cut)
    def give_up(self, some: list[int], cut: int) -> None:
        def command(session: Session) -> None:
            unsent = session.scalars(
                text("""SELECT r.id FROM recipients r LEFT JOIN vouchers v ON v.id = r.voucher_id
                        WHERE r.id = ANY(:ids) AND v.state IS DISTINCT FROM 'assigned'"""),
                {"ids": self.chosen(some)},
            ).all()
            finish(session, unsent, "skipped")
            release(session, unsent)

        self.do(cut, command)

    @rule(customer=st.integers(0, 4), source=st.sampled_from([None, "a", "b"]), cut=cut)
    def publish(self, customer: int, source: str | None, cut: int) -> None:
        self.do(cut, lambda session: publish(session, self.campaign.id, self.customers[customer], source))

    @rule(cut=cut)
    def fold(self, cut: int) -> None:
        self.do(cut, fold)

    @invariant()
    def adds_up(self) -> None:
        with self.maker() as session:
            assert ledger.check(session) == []

    @invariant()
    def what_is_given_stays_given(self) -> None:
        with self.maker() as session:
            now = dict(session.execute(text("SELECT id, customer_id FROM vouchers WHERE state = 'assigned'")).all())
        assert now.items() >= getattr(self, "given", {}).items()
        self.given = now


def test_any_order_of_commands_cut_off_anywhere_keeps_the_ledger_exact(committing: Maker) -> None:
    class Here(Ledger):
        maker = committing

        def teardown(self) -> None:
            with committing.begin() as session:
                session.execute(text("TRUNCATE campaigns, vouchers, publications, pool_deltas, pool_counts, recipients, events CASCADE"))

    run_state_machine_as_test(
        Here,
        settings=settings(max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)),
    )
