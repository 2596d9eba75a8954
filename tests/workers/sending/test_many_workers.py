"""Any number of workers on one distribution: together they send what one would, each thing once."""

import threading

from sqlalchemy import text

from domain.incentives.ledger import check as ledger
from domain.sending.states import tallies
from tests.sending import a_connection, codes_to_segment, states
from tests.workers.house import House
from workers.sending.run_distribution import Run


def test_four_workers_send_everything_once(house: House) -> None:
    with house.session() as session:
        connection = a_connection(session, batch=60, config={"refused_share": "10", "delay": "5"})
        distribution = codes_to_segment(session, people=900, connection=connection)
    workers = [threading.Thread(target=Run(distribution.id, "bulk").go) for _ in range(4)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    house.tick()

    with house.session() as session:
        told = states(session, distribution)
        assert sum(told.values()) == 900
        assert set(told) == {"accepted", "refused"}
        given = session.execute(text("SELECT count(*), count(DISTINCT voucher_id), count(DISTINCT customer_id) FROM publications")).one()
        assert given == (told["accepted"],) * 3
        assert session.execute(text("SELECT max(attempts) FROM deliveries")).scalar_one() == 1
        assert session.execute(text("SELECT status FROM distributions")).scalar_one() == "done"
        assert tallies.check(session) == []
        assert ledger.check(session) == []


def test_fewer_codes_than_people_for_many_workers(house: House) -> None:
    with house.session() as session:
        distribution = codes_to_segment(session, people=600, codes=250, connection=a_connection(session, batch=60))
    workers = [threading.Thread(target=Run(distribution.id, "bulk").go) for _ in range(3)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    with house.session() as session:
        assert states(session, distribution, "recipients") == {"served": 250, "pending": 350}
        assert session.execute(text("SELECT pause_reason FROM distributions")).scalar_one() == "no_codes"
        assert session.execute(text("SELECT count(*) FROM notices")).scalar_one() == 1
        assert tallies.check(session) == []
        assert ledger.check(session) == []
