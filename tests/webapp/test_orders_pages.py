"""The pages of orders: the list with its filters, one order with its items and its story, and the orders of a customer."""

import csv
import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from domain.sending.recipients import from_event
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products.items import ItemWanted, ThingWanted
from domain.tables.journal import Audit
from domain.triggers import catalogue
from tests.domain.triggers.waiting import launchable
from tests.scenes import ANN, Scene
from tests.webapp.conftest import Browser


@pytest.fixture
def scene(session: Session) -> Scene:
    return Scene(session)


LOAF = ItemWanted(product=ThingWanted(source_id="loaf-1", name="Rye loaf"), price=450, quantity=2)


def test_an_empty_list_says_what_belongs_there(bo: Browser) -> None:
    assert "Orders tell who buys" in bo.get("/orders").text
    assert "No order fits" in bo.get("/orders?status=paid").text


def test_orders_are_found_by_number_status_and_customer(bo: Browser, scene: Scene, session: Session) -> None:
    for source_id, status, who in (
        ("A-1", "paid", scene.dina),
        ("A-2", "created", scene.dina),
        ("A-3", "paid", scene.eli),
        ("A-4", "paid", None),
    ):
        record(session, ANN, [OrderWanted(source_id=source_id, status=status, customer_id=who.id if who else None, amount=4200)])
    dina = outside(Prefix.CUSTOMER, scene.dina.id)

    def listed(query: str) -> list[str]:
        page = bo.get(f"/orders?{query}").text
        return [number for number in ("A-1", "A-2", "A-3", "A-4") if f">{number}<" in page]

    assert listed("") == ["A-1", "A-2", "A-3", "A-4"]
    assert listed("status=paid") == ["A-1", "A-3", "A-4"]
    assert listed("q=A-2") == ["A-2"]
    assert listed(f"customer={dina}") == ["A-1", "A-2"]
    assert listed("q=nothing") == []
    assert "€42.00" in bo.get("/orders").text


def test_the_page_of_an_order_has_its_items_its_story_and_what_it_started(bo: Browser, scene: Scene, session: Session) -> None:
    live = scene.live(launchable(scene, catalogue.triggers()["order_paid"]))
    said = OrderWanted(source_id="A-1", status="paid", customer_id=scene.dina.id, items=(LOAF,), discount_amount=100, metadata={"till": 3})
    (one,) = record(session, ANN, [said])
    from_event.react(session)

    page = bo.get(f"/orders/{outside(Prefix.ORDER, one.order.id)}").text
    for words in ("Order A-1", "Rye loaf", "loaf-1", "€9.00", "€8.00", "Dina Okafor", "2 pieces", "till", live.name, "What happened to it"):
        assert words in page, words
    customer = bo.get(f"/customers/{outside(Prefix.CUSTOMER, scene.dina.id)}").text
    for words in (">A-1<", "Paid order A-1", "Placed order A-1", "1 order paid, €8.00"):
        assert words in customer, words
    assert bo.get("/orders/ord_1").status_code == 404


def test_the_file_has_the_orders_of_the_filter_and_who_took_it_is_kept(bo: Browser, ann: Browser, scene: Scene, session: Session) -> None:
    for number, status in (("A-1", "paid"), ("A-2", "created")):
        record(session, ANN, [OrderWanted(source_id=number, status=status, customer_id=scene.dina.id, items=(LOAF,), metadata={"till": 3})])

    rows = list(csv.DictReader(io.StringIO(ann.get("/orders/list.csv?status=paid").text.lstrip("\ufeff"))))

    assert [(row["source_id"], row["status"], row["total_amount"], row["metadata"]) for row in rows] == [
        ("A-1", "PAID", "900", '{"till": 3}')
    ]
    assert rows[0]["customer_id"] == outside(Prefix.CUSTOMER, scene.dina.id)
    assert session.scalars(select(Audit.command).order_by(Audit.id.desc()).limit(1)).one() == "download orders"
    assert bo.get("/orders/list.csv").status_code == 403
