"""A no that somebody said a moment ago: nobody with the address is written to, and the platform that wants to know is told."""

from sqlalchemy import text

from domain.connections import edit
from domain.customers.consents import change, unsubscribe
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.tables.customers import Customer, Permission
from tests.cast import ANN
from tests.integrations import recordings
from tests.integrations.provider_http import provider_http
from tests.sending import codes_to_segment, states
from tests.workers.house import House


def test_an_address_that_said_no_gets_nothing_although_somebody_else_allows_it(house: House) -> None:
    with house.session() as session:
        now = clock.now(session)
        offers = Permission(name="Offers", name_key="offers", channels=["email"], created_at=now, updated_at=now)
        session.add(offers)
        session.flush()
        distribution = codes_to_segment(session, people=2, permission=offers.id)
        people = session.query(Customer).order_by(Customer.id).all()
        change.give(session, ANN, [one.id for one in people], offers, "web form")
        twin = Customer(typed_name="Once here", email=people[0].email, email_hash=people[0].email_hash, created_at=now, updated_at=now)
        session.add(twin)
        session.flush()
        unsubscribe.one_click(session, twin.id, offers.id)

    house.tick()

    with house.session() as session:
        assert states(session, distribution) == {"accepted": 1, "skipped": 1}
        assert session.scalars(text("SELECT reason FROM deliveries WHERE state = 'skipped'")).all() == ["opted_out"]


def test_the_platform_is_told_by_a_worker(house: House) -> None:
    with provider_http((200, {}, b"{}")) as peer:
        with house.session() as session:
            values = {"domain": "mg.maple.example"} | recordings.of("mailgun").settings(peer.url)
            edit.create(session, SYSTEM, "mailgun", "Mailgun", values, tells_opt_outs=True)
            now = clock.now(session)
            dina = Customer(typed_name="Dina", email="dina@okafor.example", created_at=now, updated_at=now)
            session.add(dina)
            session.flush()
            session.execute(text("UPDATE customers SET email_hash = encode(sha256(convert_to('email:' || email, 'UTF8')), 'hex')"))
            session.refresh(dina)
            unsubscribe.stop_all(session, dina)

        for _ in range(2):
            house.tick()

    assert [(seen.method, b"dina" in seen.body) for seen in peer.seen] == [("POST", True)]
    with house.session() as session:
        assert session.scalars(text("SELECT state FROM opt_outs_to_tell")).all() == ["told"]
