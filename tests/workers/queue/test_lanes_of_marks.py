"""One customer's change never waits behind an import: the lane of triggers goes on while the bulk lane looks at everybody."""

import statistics
import threading
import time
import uuid

import pytest
from sqlalchemy import text

from domain.customers.membership import refresh
from domain.customers.segments import create as segments
from domain.journal import changed_facts
from tests.cast import ANN
from tests.sending import a_project, a_segment, customers_of
from tests.workers.house import House
from workers import session as sessions

pytestmark = pytest.mark.slow
CITIES = ("Bath", "Bristol")


def imported(house: House, people: int, many: int) -> list[uuid.UUID]:
    """So many customers whom an import has just changed, and so many segments that read what it changed."""
    with house.session() as session:
        a_project(session)
        crowd = a_segment(session, people)
        for n in range(many):
            condition = {"any": [{"fact": "customer.city", "is": "is", "value": city} for city in (CITIES[n % 2], f"City {n}")]}
            segments.dynamic(session, ANN, f"Segment {n}", condition)
        session.execute(text("DELETE FROM jobs"))
        session.execute(text("UPDATE segments SET sync = 'synced', synced_revision = revision, synced_at = now()"))
        ids = list(customers_of(session, crowd.id))
        session.execute(text("""
            INSERT INTO dirty_customers (customer_id, facts, depth, silent, lane)
            SELECT id, '{*}', 0, true, 'bulk' FROM customers ORDER BY id"""))  # fmt: skip
    return ids


def a_change(house: House, id: uuid.UUID, city: str) -> float:
    """Somebody moves; seconds until every segment knows."""
    with house.session() as session:
        session.execute(text("UPDATE customers SET city = :city WHERE id = :id"), {"city": city, "id": id})
        changed_facts.mark(session, [id], ["customer.city"])
    began = time.monotonic()
    while True:
        with house.session() as session:
            refresh.work(session)
        with house.session() as session:
            lives = "SELECT count(*) FROM segment_members m JOIN segments s ON s.id = m.segment_id WHERE m.customer_id = :id AND s.condition::text LIKE :city"  # noqa: E501 - one statement
            if session.execute(text(lives), {"id": id, "city": f"%{city}%"}).scalar_one():
                return time.monotonic() - began
        time.sleep(0.01)


def changes(house: House, ids: list[uuid.UUID], stop: threading.Event | None = None) -> list[float]:
    """Ten people move, one after another, as long as `stop` is not set."""
    took = []
    for n, id in enumerate(ids):
        if stop is not None and stop.is_set():
            break
        took.append(a_change(house, id, CITIES[n % 2]))
    return took


def side_by_side(house: House, people: int, many: int) -> tuple[list[float], list[float]]:
    """How long changes take while nothing else is done, and while the bulk lane works on the import."""
    ids = imported(house, people, many)
    alone = changes(house, ids[-5:])
    over, enough = threading.Event(), threading.Event()

    def bulk() -> None:
        more = True
        while more and not enough.is_set():
            with house.session() as session:
                more = refresh.work_on_many(session)
        over.set()

    thread = threading.Thread(target=bulk)
    thread.start()
    beside = changes(house, ids[-25:-5], over)
    enough.set()
    thread.join()
    return alone, beside


def moves(house: House, id: uuid.UUID, city: str) -> int:
    """Somebody moves, and the lane of triggers looks once, waiting for nobody; how many segments know."""
    with house.session() as session:
        session.execute(text("UPDATE customers SET city = :city WHERE id = :id"), {"city": city, "id": id})
        changed_facts.mark(session, [id], ["customer.city"])
    look(house)
    return entered(house, id)


def look(house: House) -> None:
    with house.session() as session:
        session.execute(text("SET LOCAL lock_timeout = '2s'"))
        refresh.work(session)


def entered(house: House, id: uuid.UUID) -> int:
    with house.session() as session:
        told = "SELECT count(*) FROM events WHERE customer_id = :id AND kind = 'customer.segment.entered'"
        return int(session.execute(text(told), {"id": id}).scalar_one())


def left(house: House) -> int:
    with house.session() as session:
        return int(session.execute(text("SELECT count(*) FROM dirty_customers WHERE lane = 'bulk'")).scalar_one())


def test_a_change_overtakes_an_import_of_which_not_one_batch_is_done(house: House) -> None:
    people, many = 3 * refresh.BATCH, 30
    ids = sorted(imported(house, people, many))
    inside, outside = ids[0], ids[-5:]

    with sessions._maker()() as bulk:
        assert refresh.work_on_many(bulk), "a batch is under way from here on"
        assert [moves(house, id, CITIES[0]) for id in outside] == [many // 2] * 5
        assert left(house) == people, "and nothing of the import was done before"
        assert moves(house, inside, CITIES[0]) == 0, "who is in the batch under way waits for it, and holds up nobody"
        bulk.commit()

    look(house)
    assert entered(house, inside) == many // 2
    assert left(house) == people - refresh.BATCH, "waited for one batch, not for the import"


@pytest.mark.long
def test_the_lane_of_triggers_stays_under_a_second_beside_an_import_of_a_hundred_thousand(house: House) -> None:
    alone, beside = side_by_side(house, people=100_000, many=100)

    print(f"alone {statistics.median(alone):.3f} s, beside {statistics.median(beside):.3f} s, at most {max(beside):.3f} s of {len(beside)}")
    assert len(beside) == 20
    assert max(beside) < 1.0
