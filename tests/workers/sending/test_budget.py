"""What a person of a plain run may cost: one channel, calls of a thousand, one code each, nobody who waits for publications."""

from bench import budget
from tests.workers.house import House


def test_a_person_costs_no_more_rows_statements_and_index_entries_than_are_budgeted(house: House) -> None:
    spent = budget.measure()

    said = spent.words()
    assert spent.inserts < 3.1, said
    assert spent.updates < 5.1, said
    assert spent.deletes < 0.1, said
    assert spent.index_entries < 24.5, said
    assert spent.statements < 60, said
    assert spent.commits < 16, said
    assert spent.wal < 5_600, said
