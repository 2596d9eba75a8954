"""Benches keep working: each runs once, small. How fast they find us is asserted nowhere; a busy machine is told apart from a quiet one."""

from collections.abc import Callable

import pytest

from bench import customers, ledger, pull, receipts, sending
from bench.compare import Comparison, compare
from bench.cost import Cost


@pytest.mark.slow
@pytest.mark.parametrize(
    "bench",
    [
        sending.sendgrid,
        sending.smtp,
        receipts.receipts,
        pull.redeemables,
        pull.codes,
        ledger.ledger,
        ledger.codes,
        ledger.export,
        customers.imported,
        customers.sync,
    ],
)
def test_a_bench_measures_floor_and_product(bench: Callable[[int, int], Comparison]) -> None:
    found = bench(1_000, 1)

    assert found.floor > 0
    assert found.ours > 0


@pytest.mark.slow
@pytest.mark.parametrize("bench", [customers.changed, customers.one])
def test_a_bench_without_a_floor_tells_what_it_cost(bench: Callable[[int, int], Cost], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customers, "SEGMENTS", 5)

    assert bench(100, 1).processor > 0


def test_the_median_of_three_runs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.compare.os.getloadavg", lambda: (0.0, 0.0, 0.0))
    floors, ours = iter([Cost(1.0), Cost(2.0), Cost(9.0)]), iter([Cost(4.0), Cost(50.0), Cost(5.0)])

    found = compare("things", 100, lambda: next(floors), lambda: next(ours), 3)

    assert (found.floor, found.ours, found.busy) == (50.0, 20.0, "")
    assert "ratio 0.40" in found.words()


def test_a_machine_that_is_busy_with_something_else_gets_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.compare.os.getloadavg", lambda: (0.0, 0.0, 0.0))

    found = compare("things", 100, lambda: Cost(1.0), lambda: Cost(1.0, others=0.4), 1)

    assert "no ratio, because others took 40% of the machine meanwhile" in found.words()


def test_a_machine_that_was_busy_before_gets_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.compare.os.getloadavg", lambda: (99.0, 0.0, 0.0))

    found = compare("things", 100, lambda: Cost(1.0), lambda: Cost(1.0), 1)

    assert "no ratio, because the load was" in found.words()
