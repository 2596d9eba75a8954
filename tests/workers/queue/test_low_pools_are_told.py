"""A pool that falls below its threshold is told once: by a mail for each address and a signed webhook, whatever is killed meanwhile."""

import datetime
import uuid
from collections.abc import Iterator

import pytest
import standardwebhooks
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.connections import edit as connections
from domain.connections.pause import pause, resume
from domain.incentives.codes.draw import make
from domain.incentives.ledger.publish import publish
from domain.incentives.pool_alerts import send_alerts
from domain.incentives.pool_alerts.setting import AlertSetting, keep
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, new_id, outside
from domain.tables import workspace
from domain.tables.incentives import Campaign
from domain.tables.journal import Notice, OutgoingWebhook
from domain.workspace.project import own_webhooks, senders
from integrations import signatures
from tests.domain.incentives.given import a_campaign
from tests.integrations.peer import Peer, answering
from tests.sink import Sink
from tests.workers.house import House
from workers.sending.dispatcher import http

ANN, BO = "ann@maple-rye.example", "bo@maple-rye.example"
SECRET = signatures.new_webhook_secret()


@pytest.fixture
def shop() -> Iterator[Peer]:
    with answering(lambda _: (200, {}, b"")) as peer:
        yield peer


@pytest.fixture
def campaign(house: House, shop: Peer, sink: Sink) -> uuid.UUID:
    """Six codes; Ann, Bo and the shop are told below five."""
    with house.session() as session:
        values = {"host": "127.0.0.1", "port": str(sink.port), "security": "plain", "per_connection": "100", "signing": "none"}
        post, _ = connections.create(session, SYSTEM, "smtp", "Post office", values)
        project = workspace.current_project(session)
        project.brand, project.system_connection_id, project.public_url = "Maple & Rye", post.id, "https://maple-rye.example"
        senders.add(session, SYSTEM, "Maple & Rye", "hello@maple-rye.example")
        hook, _ = connections.create(session, SYSTEM, "webhook", "Shop", {"url": shop.url, "secret": SECRET})
        made = a_campaign(session, codes=6, name="Autumn")
        keep(session, made.id, AlertSetting(5, (ANN, BO), hook.id), free=6)
        return made.id


def give(house: House, campaign: uuid.UUID, codes: int) -> None:
    with house.session() as session:
        for _ in range(codes):
            publish(session, campaign, new_id())


def refill(house: House, campaign: uuid.UUID, codes: int) -> None:
    with house.session() as session:
        row = session.get_one(Campaign, campaign)
        make(session, campaign, row.pattern, row.charset, codes)


def later(house: House, **by: float) -> None:
    with house.session() as session:
        clock.shift(session, datetime.timedelta(**by))


def mailed(sink: Sink) -> list[str]:
    return sorted(address for mail in sink.mails for address in mail.recipients)


def test_falling_below_is_told_once_and_again_after_it_was_filled_up(house: House, campaign: uuid.UUID, sink: Sink, shop: Peer) -> None:
    give(house, campaign, 1)
    house.tick()
    assert (mailed(sink), shop.seen) == ([], [])

    give(house, campaign, 1)
    for _ in range(3):
        house.tick()
    assert mailed(sink) == [ANN, BO]
    assert "“Autumn” has 4 codes left" in sink.mails[0].message["Subject"]
    assert "You asked to be told below 5." in sink.mails[0].body()
    assert "https://maple-rye.example" in sink.mails[0].body()
    (seen,) = shop.seen
    said = standardwebhooks.Webhook(SECRET).verify(seen.body, seen.headers)
    assert (said["type"], said["data"]["codes"]) == ("campaign.pool.low", {"left": 4, "below": 5})
    assert said["data"]["campaign"] == {"id": outside(Prefix.CAMPAIGN, campaign), "name": "Autumn"}

    give(house, campaign, 2)
    refill(house, campaign, 3)
    house.tick()
    assert len(shop.seen) == 1, "filled up again: nobody is told"
    give(house, campaign, 1)
    house.tick()
    assert (len(shop.seen), len(mailed(sink))) == (2, 4)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("generation = 'running'", "generation = 'done'"),
        ("active = false", "active = true"),
        ("ends_at = now() - interval '1 day'", "ends_at = NULL"),
    ],
    ids=["being made", "off", "over"],
)
def test_a_campaign_that_gives_nothing_now_tells_nothing(house: House, campaign: uuid.UUID, before: str, after: str) -> None:
    give(house, campaign, 3)
    told = []
    for change in (before, after):
        with house.session() as session:
            session.execute(text(f"UPDATE campaigns SET {change}"))
        with house.session() as session:
            told.append(send_alerts.send_alerts(session))

    assert told == [0, 1]


def test_who_sets_it_while_there_are_fewer_is_told_after_a_refill(house: House, campaign: uuid.UUID, shop: Peer) -> None:
    with house.session() as session:
        keep(session, campaign, AlertSetting(100, (ANN,)), free=6)
    house.tick()
    with house.session() as session:
        assert send_alerts.send_alerts(session) == 0
    refill(house, campaign, 100)
    house.tick()
    give(house, campaign, 7)
    with house.session() as session:
        assert send_alerts.send_alerts(session) == 1


def test_an_address_that_is_refused_stops_neither_the_others_nor_the_webhook(
    house: House, campaign: uuid.UUID, sink: Sink, shop: Peer
) -> None:
    sink.refused[ANN] = "550 no such mailbox"
    give(house, campaign, 2)
    house.tick()

    assert mailed(sink) == [BO]
    assert len(shop.seen) == 1
    with house.session() as session:
        assert "A mail about a low pool could not be sent by mail" in session.scalars(select(Notice.title)).all()


def test_a_webhook_whose_worker_was_killed_is_posted_under_the_same_id(house: House, campaign: uuid.UUID, shop: Peer) -> None:
    give(house, campaign, 2)
    with house.session() as session:
        send_alerts.send_alerts(session)
    house.waiting.clear()  # the broker forgot
    with house.session() as session:
        killed = own_webhooks.claim(session)
    assert killed is not None
    own_webhooks.call(http(), killed)  # it was posted, and nobody wrote that down
    house.tick()
    assert len(shop.seen) == 1, "it is held for a while"

    later(house, minutes=4)
    house.tick()

    first, second = (seen.headers["webhook-id"] for seen in shop.seen)
    assert first == second
    assert states(house) == ["sent"]


def states(house: House) -> list[str]:
    with house.session() as session:
        return list(session.scalars(select(OutgoingWebhook.state)))


def test_what_the_shop_does_not_take_is_tried_again_and_said_at_last(house: House, sink: Sink) -> None:
    with answering(lambda _: (500, {}, b"")) as shop:
        with house.session() as session:
            hook, _ = connections.create(session, SYSTEM, "webhook", "Shop", {"url": shop.url, "secret": SECRET})
            made = a_campaign(session, codes=6)
            keep(session, made.id, AlertSetting(6, (), hook.id), free=6)
            id = made.id
        give(house, id, 1)
        house.tick()
        assert states(house) == ["waiting"]
        for _ in range(12):
            later(house, hours=25)
            house.tick()

    assert states(house) == ["failed"]
    assert len(shop.seen) == 10
    with house.session() as session:
        titles = session.scalars(select(Notice.title)).all()
    assert "A webhook about a campaign could not be posted through “Shop”" in titles


def test_a_paused_connection_waits_and_one_that_is_gone_is_said(house: House, campaign: uuid.UUID, shop: Peer) -> None:
    with house.session() as session:
        hook = hook_of(session)
        pause(session, hook, "Too much")
    give(house, campaign, 2)
    house.tick()
    assert (states(house), shop.seen) == (["waiting"], [])

    with house.session() as session:
        resume(session, hook, SYSTEM)
        session.execute(text("UPDATE connections SET provider = 'moon' WHERE id = :id"), {"id": hook})
    house.tick()
    assert (states(house), shop.seen) == (["failed"], [])


def hook_of(session: Session) -> uuid.UUID:
    found = session.scalars(text("SELECT connection_id FROM pool_alerts")).one()
    return uuid.UUID(str(found))


def test_a_connection_that_tells_is_not_put_away(house: House, campaign: uuid.UUID) -> None:
    with house.session() as session:
        assert connections.used_by(session, hook_of(session)) == ["“Autumn”, which tells of a low pool"]
