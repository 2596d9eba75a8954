"""Codes and promotions redeemed on orders: what is taken off, why not, all or nothing, and what a rollback returns."""

import datetime
import uuid
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.incentives.codes.pool import Pool, fold, pool
from domain.incentives.ledger import check as ledger
from domain.incentives.ledger.assign import publish, reserve
from domain.incentives.promotions import tiers
from domain.incentives.promotions.draft import TierDraft
from domain.incentives.redemptions.asked import HoldAsked, NamedRedeemable, RedemptionAsked
from domain.incentives.redemptions.redeem import RedemptionDone, redeem, validate
from domain.incentives.redemptions.roll_back import NotRolledBack, RollbackAsked, roll_back
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.shop.orders.items import of_orders
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Tier, Voucher
from domain.tables.journal import Event
from domain.tables.redemptions import CustomerRedemptions, Redemption
from domain.tables.shop import CustomerOrders
from tests.cast import ANN
from tests.domain.incentives.given import a_campaign, recipients

LOAVES = ItemWanted(source_id="loaf", product=ThingWanted(source_id="loaf", name="Rye loaf"), quantity=2, price=450)
BASKET = OrderWanted(source_id="1001", items=(LOAVES, ItemWanted(source_id="cake", price=2100)))


def codes(session: Session, campaign: Campaign) -> list[str]:
    return list(session.scalars(select(Voucher.code).where(Voucher.campaign_id == campaign.id).order_by(Voucher.id)))


def a_tier(session: Session, discount: dict[str, Any], **more: Any) -> Tier:
    campaign = session.scalars(select(Campaign).where(Campaign.kind == "promotion")).first() or a_campaign(session, kind="promotion")
    return tiers.add(session, ANN, campaign, TierDraft(f"Bread week {uuid.uuid4().hex[:6]}", "", discount, **more))


def use(session: Session, *named: str, customer: Customer | None = None, **more: Any) -> RedemptionDone:
    return redeem(session, ANN, RedemptionAsked(list(map(which, named)), customer_id=customer.id if customer else None, **more))


def which(name: str) -> NamedRedeemable:
    return NamedRedeemable("promotion_tier" if name.startswith("promo_") else "voucher", name)


def refusals(session: Session, *named: str, customer: Customer | None = None, **more: Any) -> list[str]:
    """The word for each; `skipped` for those behind the first no, nothing for what applies."""
    asked = RedemptionAsked(list(map(which, named)), customer_id=customer.id if customer else None, **more)
    answers = validate(session, asked).judged
    return [one.why_not.key if one.why_not else "" if one.asked else "skipped" for one in answers]


def told(session: Session) -> list[str]:
    session.flush()
    kinds = session.scalars(select(Event.kind).where(Event.kind.like("customer.redemption.%")).order_by(Event.id))
    return [kind.removeprefix("customer.redemption.") for kind in kinds]


def test_a_code_takes_its_discount_off_the_order_which_is_paid_with_it(session: Session, dina: Customer) -> None:
    campaign = a_campaign(session, 1)
    given = publish(session, campaign.id, dina.id)
    done = use(session, given.code.lower(), customer=dina, order=BASKET, metadata={"till": 3}, tracking_id="t1")

    (one,) = done.redemptions
    assert done.order is not None
    order = done.order.order
    assert (order.status, order.amount, order.discount_amount, order.total_amount) == ("paid", 3000, 450, 2550)
    assert (one.minor, one.discount_minor, one.details, one.tracking_id) == (2550, 450, {"till": 3}, "t1")
    voucher = session.get_one(Voucher, given.voucher_id, populate_existing=True)
    assert (voucher.redeemed, voucher.redeemed_minor) == (1, 2550)
    sums, orders = session.get_one(CustomerRedemptions, dina.id), session.get_one(CustomerOrders, dina.id)
    assert (sums.succeeded, sums.discount_minor, orders.amount) == (1, 450, 2550)
    assert told(session) == ["succeeded"]
    assert pool(session, campaign.id) == Pool(assigned=1, redeemed=1)
    assert ledger.check(session) == []


def test_several_are_taken_off_in_the_order_in_which_they_are_named(session: Session, dina: Customer) -> None:
    first = codes(session, a_campaign(session, 1, discount={"type": "amount", "minor": 1000, "effect": "items"}))[0]
    second = codes(session, a_campaign(session, 1, discount={"type": "percent", "percent": 50, "most": 300}))[0]
    tier = outside(Prefix.TIER, a_tier(session, {"type": "amount", "minor": 9999}).id)

    done = use(session, first, second, tier, customer=dina, order=BASKET)

    assert [one.discount_minor for one in done.redemptions] == [1900, 300, 800]
    assert done.parent is not None
    assert {one.parent_id for one in done.redemptions} == {done.parent.id}
    assert done.order is not None
    assert (done.order.order.total_amount, [item.discount_amount for item in done.order.items]) == (0, [900, 1000])
    assert told(session) == ["succeeded"] * 3


def test_a_free_thing_is_put_into_the_order_and_goes_with_a_rollback(session: Session, dina: Customer) -> None:
    code = codes(session, a_campaign(session, 1, discount={"type": "unit", "units": 2, "of": "loaf"}, redemption_limit=3))[0]
    coffee = codes(session, a_campaign(session, 1, discount={"type": "unit", "units": 1, "of": "Coffee"}))[0]
    done = use(session, code, coffee, customer=dina, order=BASKET)

    assert done.order is not None
    assert [(i.quantity, i.discount_quantity, i.amount, i.discount_amount) for i in done.order.items] == [
        (4, 2, 1800, 900), (1, None, 2100, 0), (1, 1, None, 0),
    ]  # fmt: skip
    assert done.order.order.total_amount == 3000
    assert done.parent is not None
    roll_back(session, ANN, done.parent, RollbackAsked("came back"))

    rows = of_orders(session, [done.order.order.id])[done.order.order.id]
    assert [(i.quantity, i.discount_quantity, i.amount, i.discount_amount) for i in rows] == [(2, None, 900, 0), (1, None, 2100, 0)]


def test_validation_says_the_same_and_changes_nothing(session: Session, dina: Customer) -> None:
    code = codes(session, a_campaign(session, 1))[0]
    session.flush()
    tables = ("orders", "order_items", "redemptions", "events", "audit", "customer_redemptions", "pool_deltas", "redemption_holds")
    count = text(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables))
    before = session.scalars(count).all()

    seen = validate(session, RedemptionAsked([which(code)], customer_id=dina.id, order=BASKET))

    assert seen.valid
    assert seen.cart is not None
    assert (seen.cart.amount, seen.cart.total) == (3000, 2550)
    assert session.scalars(count).all() == before


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"active": False}, "voucher_disabled"),
        ({"ends_at": -1}, "voucher_expired"),
        ({"starts_at": 1}, "voucher_not_active"),
    ],
)
def test_a_code_that_cannot_be_redeemed_says_why(session: Session, dina: Customer, changes: dict[str, Any], key: str) -> None:
    now = clock.now(session)
    dated = {name: now + datetime.timedelta(days=value) if name != "active" else value for name, value in changes.items()}
    code = codes(session, a_campaign(session, 1, **dated))[0]

    assert refusals(session, code) == [key]


def test_each_state_of_a_code_has_its_word_and_those_behind_a_no_are_not_asked(session: Session, dina: Customer) -> None:
    campaign = a_campaign(session, 4)
    used, withdrawn, off, good = codes(session, campaign)
    use(session, used)
    session.execute(text("UPDATE vouchers SET state = 'void', is_free = false, void_reason = 'lost' WHERE code = :c"), {"c": withdrawn})
    session.execute(text("UPDATE vouchers SET disabled = true WHERE code = :c"), {"c": off})
    session.expire_all()

    assert refusals(session, used) == ["quantity_exceeded"]
    assert refusals(session, withdrawn) == ["voucher_disabled"]
    assert refusals(session, off) == ["voucher_disabled"]
    assert refusals(session, good, "NO-SUCH-CODE", good) == ["", "not_found", "skipped"]
    assert refusals(session, "promo_" + "0" * 32) == ["not_found"]


def test_promotions_say_why_not_too(session: Session, dina: Customer) -> None:
    past = clock.now(session) - datetime.timedelta(days=1)
    over = a_tier(session, {"type": "amount", "minor": 100}, ends_at=past)
    off = a_tier(session, {"type": "amount", "minor": 100})
    tiers.switch(session, ANN, off, on=False)

    assert refusals(session, outside(Prefix.TIER, over.id)) == ["promotion_not_active_now"]
    assert refusals(session, outside(Prefix.TIER, off.id)) == ["promotion_inactive"]


def test_a_code_on_its_way_is_usable_by_its_holder_once_a_call_was_begun(session: Session, dina: Customer, eli: Customer) -> None:
    campaign = a_campaign(session, 1)
    (recipient,) = recipients(session, [dina.id])
    reserve(session, campaign.id, [recipient])
    (code,) = codes(session, campaign)
    session.expire_all()
    assert refusals(session, code, customer=dina) == ["voucher_disabled"]

    session.execute(
        text("""
            INSERT INTO deliveries (created_at, recipient_id, distribution_id, customer_id, channel, connection_id, lane, version, state)
            SELECT created_at, id, distribution_id, customer_id, 'c1', id, lane, 1, 'open' FROM recipients WHERE id = :id"""),
        {"id": recipient.recipient_id},
    )
    session.execute(text("UPDATE recipients SET voucher_id = v.id FROM vouchers v WHERE v.code = :c AND recipients.id = :id"),
                    {"c": code, "id": recipient.recipient_id})  # fmt: skip
    assert refusals(session, code, customer=eli) == ["voucher_disabled"], "somebody else cannot have seen it"
    assert use(session, code, customer=dina).failed is None
    assert session.scalars(select(Voucher.state).where(Voucher.code == code)).one() == "assigned"


def test_one_no_keeps_all_of_them_out_and_the_try_is_written_down(session: Session, dina: Customer) -> None:
    good = codes(session, a_campaign(session, 1))[0]
    over = codes(session, a_campaign(session, 1, ends_at=clock.now(session) - datetime.timedelta(days=1)))[0]
    done = use(session, good, over, customer=dina, order=BASKET)

    assert done.failed is not None
    assert (done.failed.failure, done.failed.result, done.order, list(done.redemptions)) == ("voucher_expired", "failed", None, [])
    assert session.scalars(select(Voucher.redeemed).where(Voucher.code == good)).one() == 0
    assert session.get_one(CustomerRedemptions, dina.id).failed == 1
    assert told(session) == ["failed"]


def test_a_rollback_returns_what_it_took_once(session: Session, dina: Customer) -> None:
    campaign = a_campaign(session, 1)
    given = publish(session, campaign.id, dina.id)
    done = use(session, given.code, customer=dina, order=BASKET)

    back = roll_back(session, ANN, done.redemptions[0], RollbackAsked("came back", "t2", {"by": "Bo"}))

    assert back.order is not None
    order = back.order.order
    assert (order.status, order.amount, order.discount_amount, order.total_amount) == ("canceled", 3000, 0, 3000)
    ((_, written),) = back.done
    assert (written.reason, written.tracking_id, written.details) == ("came back", "t2", {"by": "Bo"})
    voucher = session.get_one(Voucher, given.voucher_id, populate_existing=True)
    assert (voucher.redeemed, voucher.redeemed_minor, voucher.redeemed_at) == (0, 0, None)
    sums = session.get_one(CustomerRedemptions, dina.id, populate_existing=True)
    assert (sums.succeeded, sums.rolled_back, sums.discount_minor) == (1, 1, 0)
    assert told(session) == ["succeeded", "rollback.succeeded"]
    assert pool(session, campaign.id) == Pool(assigned=1)
    with pytest.raises(NotRolledBack, match="already") as no:
        roll_back(session, ANN, done.redemptions[0], RollbackAsked())
    assert no.value.key == "already_rolled_back"
    assert refusals(session, given.code, customer=dina) == [""], "it can be used again"
    fold(session)
    assert ledger.check(session) == []


def test_several_are_taken_back_together_or_not_at_all(session: Session, dina: Customer) -> None:
    codes_of_both = codes(session, a_campaign(session, 2, discount={"type": "amount", "minor": 100, "effect": "items"}))
    done = use(session, *codes_of_both, customer=dina, order=BASKET)
    with pytest.raises(NotRolledBack) as no:
        roll_back(session, ANN, done.redemptions[0], RollbackAsked())
    assert no.value.key == "invalid_redemption_parent"

    assert done.parent is not None
    back = roll_back(session, ANN, done.parent, RollbackAsked())

    assert back.parent is not None
    assert {written.parent_id for _, written in back.done} == {back.parent[1].id}
    assert back.order is not None
    assert (back.order.order.total_amount, [item.discount_amount for item in back.order.items]) == (3000, [0, 0])


def test_a_second_redemption_on_an_order_takes_of_what_the_first_has_left(session: Session, dina: Customer) -> None:
    first, second = codes(session, a_campaign(session, 2, discount={"type": "percent", "percent": 50}))
    use(session, first, customer=dina, order=BASKET)
    done = use(session, second, customer=dina, order=OrderWanted(source_id="1001"))

    assert done.order is not None
    assert (done.redemptions[0].discount_minor, done.order.order.discount_amount, done.order.order.total_amount) == (750, 2250, 750)
    again = use(session, codes(session, a_campaign(session, 1, discount={"type": "amount", "minor": 100}))[0], order=BASKET)
    assert again.order is not None
    assert again.order.order.total_amount == 650, "items that are said again keep what was taken off the order"


def test_an_order_that_the_shop_reported_before_keeps_its_status_and_sums(session: Session, dina: Customer) -> None:
    record(session, ANN, [OrderWanted(source_id="7", customer_id=dina.id, amount=2000, status="fulfilled")])
    done = use(session, codes(session, a_campaign(session, 1))[0], customer=dina, order=OrderWanted(source_id="7"))

    assert done.order is not None
    assert (done.order.order.status, done.order.order.total_amount) == ("fulfilled", 1700)
    assert session.get_one(CustomerOrders, dina.id, populate_existing=True).amount == 1700


def test_what_is_held_for_a_basket_is_nobody_elses_until_its_time_is_over(session: Session, dina: Customer) -> None:
    (code,) = codes(session, a_campaign(session, 1, redemption_limit=2))
    mine, other = HoldAsked("cart-1", 600), HoldAsked("cart-2", 600)
    assert validate(session, RedemptionAsked([which(code)], hold=mine)).held_until == clock.now(session) + datetime.timedelta(minutes=10)
    assert refusals(session, code, hold=other) == [""]
    assert refusals(session, code) == ["quantity_exceeded"]

    assert use(session, code, hold=mine).failed is None
    assert refusals(session, code, hold=other) == [""]
    assert refusals(session, code) == ["quantity_exceeded"], "one is used, and the other is held"
    clock.shift(session, datetime.timedelta(minutes=11))
    session.info.pop("now", None)
    assert refusals(session, code) == [""]


def test_a_redemption_names_at_least_one_thing_and_at_most_thirty(session: Session) -> None:
    with pytest.raises(Refused, match="missing"):
        use(session)
    with pytest.raises(Refused, match="30"):
        use(session, *(f"C-{n}" for n in range(31)))


def test_what_a_key_may_not_see_is_not_there(session: Session) -> None:
    campaign, other = a_campaign(session, 1), a_campaign(session)
    assert refusals(session, codes(session, campaign)[0], campaigns=frozenset({other.id})) == ["not_found"]
    assert session.scalars(select(Redemption)).all() == []
