"""Orders as shops report them: made, found again, changed; what happened is told; the sums of their customers stay true."""

import datetime
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.errors import Refused
from domain.shop.orders.record import Recorded, record
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.tables.customers import Customer
from domain.tables.journal import Event
from domain.tables.shop import CustomerOrders, Product, Sku
from tests.cast import ANN

LOAF = ItemWanted(source_id="loaf", related_object="product", product=ThingWanted(source_id="loaf", name="Rye loaf"), quantity=2, price=450)


def reported(session: Session, customer: Customer | None = None, source_id: str | None = "1001", **said: Any) -> Recorded:
    """An order, reported alone."""
    who = customer.id if customer else None
    (one,) = record(session, ANN, [OrderWanted(source_id=source_id, customer_id=who, **said)])
    return one


def told(session: Session) -> list[str]:
    """What happened, in order."""
    session.flush()
    kinds = session.scalars(select(Event.kind).where(Event.kind.like("customer.order.%")).order_by(Event.id))
    return [kind.removeprefix("customer.order.") for kind in kinds]


def sums(session: Session, customer: Customer) -> tuple[int, int, int | None]:
    """How many orders, what they come to, and the last one."""
    row = session.get(CustomerOrders, customer.id, populate_existing=True)
    return (row.orders, row.amount, row.last_amount) if row else (0, 0, None)


def test_an_order_comes_to_its_items_and_the_same_key_is_the_same_order(session: Session, dina: Customer) -> None:
    first = reported(session, dina, items=(LOAF, ItemWanted(price=300, discount_amount=50)), amount=99, discount_amount=100)
    again = reported(session, dina, items=(LOAF, ItemWanted(price=300, discount_amount=50)))

    assert (first.new, again.new, again.changed) == (True, False, False)
    order = again.order
    assert order.id == first.order.id
    assert (order.amount, order.initial_amount, order.discount_amount, order.items_discount_amount) == (1200, 1200, 100, 50)
    assert order.total_amount == 1050
    assert [(item.quantity, item.price, item.amount) for item in again.items] == [(2, 450, 900), (1, 300, 300)]
    assert told(session) == ["created"], "what changes nothing is not told"


def test_without_prices_it_comes_to_what_the_shop_said(session: Session, dina: Customer) -> None:
    assert reported(session, dina, items=(ItemWanted(source_id="x"),), amount=700).order.amount == 700
    assert reported(session, dina, items=(ItemWanted(amount=250), ItemWanted(amount=150))).order.amount == 400


def test_only_what_is_said_changes(session: Session, dina: Customer) -> None:
    reported(session, dina, items=(LOAF,), metadata={"shop": "Bath", "gift": True}, discount_amount=100)
    changed = reported(session, metadata={"gift": None, "till": 3}).order

    assert (changed.details, changed.customer_id) == ({"shop": "Bath", "till": 3}, dina.id)
    assert (changed.amount, changed.total_amount) == (900, 800)
    assert told(session) == ["created", "updated"]


def test_every_status_is_told_once_and_processing_leaves_it_as_it_is(session: Session, dina: Customer) -> None:
    for status in ("created", "processing", "processing", "paid", "paid", "fulfilled", "canceled"):
        one = reported(session, dina, items=(LOAF,), status=status)
    assert one.order.status == "canceled"
    assert all((one.order.processing_at, one.order.paid_at, one.order.fulfilled_at, one.order.canceled_at))
    assert told(session) == ["created", "updated", "processing", "updated", "paid", "updated", "fulfilled", "updated", "canceled"]

    reported(session, dina, "1002", status="paid")
    assert told(session)[-2:] == ["created", "paid"]


def test_what_is_told_can_be_written_in_messages(session: Session, dina: Customer) -> None:
    one = reported(session, dina, items=(LOAF,), status="paid")
    facts = session.scalars(select(Event.facts).where(Event.subject_id == one.order.id)).all()[-1]

    assert facts["order"] | {"placed": ""} == {
        "id": f"ord_{one.order.id.hex}", "number": "1001", "status": "paid", "amount": "9.00", "total": "€9.00", "discount": "€0.00",
        "items": 2, "contents": "2 × Rye loaf", "placed": "",
    }  # fmt: skip


def test_an_order_that_was_placed_long_ago_happened_then(session: Session, dina: Customer) -> None:
    then = clock.now(session) - datetime.timedelta(days=400)
    one = reported(session, dina, placed_at=then, status="paid").order

    assert (one.created_at, one.paid_at) == (then, then)
    assert set(session.scalars(select(Event.at).where(Event.subject_id == one.id))) == {then}
    with pytest.raises(Refused, match="future"):
        reported(session, dina, placed_at=clock.now(session) + datetime.timedelta(days=2))


def test_history_is_told_to_nobody_and_counts(session: Session, dina: Customer) -> None:
    record(session, ANN, [OrderWanted(source_id=str(n), customer_id=dina.id, amount=100, status="paid") for n in range(30)], react=False)

    assert told(session) == []
    assert sums(session, dina) == (30, 3000, 100)


def test_paid_and_fulfilled_orders_count_and_what_is_taken_back_does_not(session: Session, dina: Customer, eli: Customer) -> None:
    at = clock.now(session)
    for n, status in enumerate(("created", "paid", "fulfilled")):
        reported(session, dina, str(n), status=status, amount=100 * (n + 1), placed_at=at - datetime.timedelta(days=9 - n))
    assert sums(session, dina) == (2, 500, 300)
    row = session.get_one(CustomerOrders, dina.id)
    assert (row.first_at, row.last_at) == (at - datetime.timedelta(days=8), at - datetime.timedelta(days=7))

    reported(session, dina, "2", status="canceled")
    assert sums(session, dina) == (1, 200, 200)
    reported(session, dina, "1", amount=250)
    assert sums(session, dina) == (1, 250, 250)
    reported(session, eli, "1")
    assert (sums(session, dina), sums(session, eli)) == ((0, 0, None), (1, 250, 250))


def test_an_older_order_that_comes_later_is_not_the_last(session: Session, dina: Customer) -> None:
    reported(session, dina, "new", status="paid", amount=100)
    reported(session, dina, "old", status="paid", amount=900, placed_at=clock.now(session) - datetime.timedelta(days=5))

    assert sums(session, dina) == (2, 1000, 100)


def test_products_and_skus_are_known_by_the_shop_s_key_and_kept_where_it_says_so(session: Session, dina: Customer) -> None:
    book = ThingWanted(source_id="Books", name="Comic Books", price=2100, metadata={"vendor": "B"}, override=True)
    comic = ThingWanted(source_id="C1", name="Comics", price=1700, override=True)
    reported(session, dina, items=(ItemWanted(product=book, sku=comic), LOAF))

    product, sku = session.scalars(select(Product)).one(), session.scalars(select(Sku)).one()
    assert (product.source_id, product.name, product.details, sku.sku, sku.product_id) == (
        "Books", "Comic Books", {"vendor": "B"}, "Comics", product.id,
    )  # fmt: skip
    later = reported(session, dina, "1002", items=(ItemWanted(sku=ThingWanted(source_id="C1"), quantity=3),))
    (item,) = later.items
    assert (item.price, item.amount, item.product_id, item.sku_id) == (1700, 5100, product.id, sku.id)
    assert (item.product or {})["name"] == "Comic Books"


def test_the_key_of_an_order_stays(session: Session, dina: Customer) -> None:
    one = reported(session, dina).order
    with pytest.raises(Refused, match="key of an order stays"):
        record(session, ANN, [OrderWanted(id=one.id, source_id="other")])


def test_an_order_costs_few_statements(session: Session, dina: Customer) -> None:
    reported(session, dina, "warm", items=(LOAF,) * 5, status="paid")
    session.expire_all()
    seen: list[str] = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: seen.append(args[2]))

    reported(session, source_id="1002", customer=None, items=(LOAF,) * 5)
    without = len(seen)
    record(session, ANN, [OrderWanted(source_id="1003", customer_id=dina.id, items=(LOAF,) * 20, status="paid")])

    assert without <= 5
    assert len(seen) - without <= 11, seen[without:]


def test_the_sums_are_true_under_concurrent_writers(committed: Engine) -> None:
    engine = create_engine(committed.url, pool_size=12, max_overflow=0)
    with Session(engine) as session:
        now = clock.now(session)
        who = [Customer(created_at=now, updated_at=now) for _ in range(2)]
        session.add_all(who)
        session.commit()
        ids = [one.id for one in who]
    dice = random.Random(4)
    reports = [
        OrderWanted(source_id=str(dice.randrange(12)), customer_id=ids[dice.randrange(2)], amount=dice.randrange(900), status=status)
        for status in ("paid", "fulfilled", "canceled", "created") * 40
    ]

    def one(report: OrderWanted) -> None:
        with Session(engine) as session:
            record(session, ANN, [report])
            session.commit()

    with ThreadPoolExecutor(12) as callers:
        list(callers.map(one, reports))

    with Session(engine) as session:
        kept = "SELECT orders, amount, first_at, last_at, last_amount FROM customer_orders WHERE orders > 0 ORDER BY customer_id"
        counted = """
            SELECT count(*), sum(total_amount)::bigint, min(created_at), max(created_at),
                (array_agg(total_amount ORDER BY created_at DESC, id DESC))[1]
            FROM orders WHERE status IN ('paid', 'fulfilled') GROUP BY customer_id ORDER BY customer_id"""
        assert session.execute(text(kept)).all() == session.execute(text(counted)).all()
        assert session.scalar(text("SELECT count(*) FROM orders")) == 12
    engine.dispose()
