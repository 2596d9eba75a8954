"""Redemptions at the same moment: a limit is a limit, and nobody waits in a circle."""

import datetime
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session, sessionmaker

from domain.incentives.codes.pool import Pool, pool
from domain.incentives.ledger import check as ledger
from domain.incentives.redemptions.asked import HoldAsked, NamedRedeemable, RedemptionAsked
from domain.incentives.redemptions.redeem import redeem, validate
from domain.incentives.redemptions.roll_back import NotRolledBack, RollbackAsked, roll_back
from domain.kernel.actor import SYSTEM
from domain.shop.orders.wanted import OrderWanted
from domain.tables.incentives import Voucher
from domain.tables.redemptions import CustomerRedemptions, Redemption, Rollback
from domain.tables.shop import CustomerOrders, Order
from domain.tables.workspace import Project
from tests.domain.incentives.given import a_campaign, a_customer
from tests.domain.incentives.ledger.test_ledger_under_fire import at_once

Maker = sessionmaker[Session]


@pytest.fixture
def shop(committed: Engine) -> Iterator[Maker]:
    """Sessions that really commit, as many at once as there are clients."""
    engine = create_engine(committed.url, pool_size=50)
    maker = sessionmaker(engine, expire_on_commit=False)
    with maker.begin() as session:
        session.add(Project(id=1, brand="Maple & Rye", zone="Europe/London", updated_at=datetime.datetime.now(datetime.UTC)))
    yield maker
    engine.dispose()


def test_fifty_clients_on_a_limit_of_three_get_exactly_three(shop: Maker) -> None:
    with shop.begin() as session:
        campaign = a_campaign(session, 1, redemption_limit=3, discount={"type": "amount", "minor": 100})
        code = session.scalars(select(Voucher.code).where(Voucher.campaign_id == campaign.id)).one()
        dina = a_customer(session, source_id="c1")

    def client(n: int) -> str:
        with shop.begin() as session:
            order = OrderWanted(source_id=f"o{n}", amount=1000)
            done = redeem(session, SYSTEM, RedemptionAsked([NamedRedeemable("voucher", code)], dina.id, order))
            return done.failed.failure if done.failed else "redeemed"

    said = Counter(at_once([lambda n=n: client(n) for n in range(50)]))

    assert said == {"redeemed": 3, "quantity_exceeded": 47}
    with shop() as session:
        voucher = session.scalars(select(Voucher)).one()
        assert (voucher.redeemed, voucher.redeemed_minor) == (3, 2700)
        assert Counter(session.scalars(select(Redemption.result))) == {"succeeded": 3, "failed": 47}
        sums = session.get_one(CustomerRedemptions, dina.id)
        assert (sums.succeeded, sums.failed, sums.discount_minor) == (3, 47, 300)
        assert session.scalar(select(func.count()).select_from(Order)) == 3, "who gets nothing leaves no order"
        assert session.get_one(CustomerOrders, dina.id).amount == 2700
        assert pool(session, campaign.id) == Pool(void=1, redeemed=1)
        assert ledger.check(session) == []


def test_stacks_in_any_order_on_one_order_do_not_wait_in_a_circle(shop: Maker) -> None:
    with shop.begin() as session:
        campaign = a_campaign(session, 6, redemption_limit=100, discount={"type": "amount", "minor": 10})
        codes = list(session.scalars(select(Voucher.code).where(Voucher.campaign_id == campaign.id)))
        dina = a_customer(session, source_id="c1")

    def client(n: int) -> None:
        named = [NamedRedeemable("voucher", code) for code in (codes if n % 2 else reversed(codes))]
        with shop.begin() as session:
            done = redeem(session, SYSTEM, RedemptionAsked(named, dina.id, OrderWanted(source_id="one", amount=10_000)))
            assert done.failed is None

    at_once([lambda n=n: client(n) for n in range(12)])

    with shop() as session:
        order = session.scalars(select(Order)).one()
        assert (order.discount_amount, order.total_amount) == (12 * 60, 10_000 - 720)
        assert set(session.scalars(select(Voucher.redeemed))) == {12}
        assert session.get_one(CustomerRedemptions, dina.id).succeeded == 72


def test_a_redemption_is_taken_back_once_whoever_asks_first(shop: Maker) -> None:
    with shop.begin() as session:
        campaign = a_campaign(session, 1)
        code = session.scalars(select(Voucher.code).where(Voucher.campaign_id == campaign.id)).one()
        done = redeem(session, SYSTEM, RedemptionAsked([NamedRedeemable("voucher", code)], order=OrderWanted(amount=1000)))

    def client() -> str:
        with shop.begin() as session:
            try:
                roll_back(session, SYSTEM, session.get_one(Redemption, done.redemptions[0].id), RollbackAsked())
                return "done"
            except NotRolledBack as no:
                return no.key

    assert Counter(at_once([client] * 10)) == {"done": 1, "already_rolled_back": 9}
    with shop() as session:
        assert session.scalars(select(Voucher.redeemed)).one() == 0
        assert session.scalar(select(func.count()).select_from(Rollback)) == 1


def test_holds_count_like_uses_when_many_ask_at_once(shop: Maker) -> None:
    with shop.begin() as session:
        campaign = a_campaign(session, 1, redemption_limit=3)
        code = session.scalars(select(Voucher.code).where(Voucher.campaign_id == campaign.id)).one()

    def client(n: int) -> bool:
        with shop.begin() as session:
            return validate(session, RedemptionAsked([NamedRedeemable("voucher", code)], hold=HoldAsked(f"cart-{n}", 60))).valid

    assert sum(at_once([lambda n=n: client(n) for n in range(20)])) == 3
