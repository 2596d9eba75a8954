"""Orders through the API: reported, found again, read; customers added where the key may; history that wakes nobody."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.kernel.actor import SYSTEM
from domain.tables.customers import Customer
from domain.tables.shop import CustomerOrders, Order
from domain.workspace.api_keys.create import Made, make
from tests.webapp.api.given import headers
from tests.webapp.conftest import Browser


@pytest.fixture
def adding(session: Session) -> Made:
    """A key that may add customers."""
    return make(session, SYSTEM, "Shop", may_create_customers=True)


def send(client: Browser, key: Made, path: str = "/v1/orders", method: str = "POST", body: Any = None) -> TestResponse:
    return client.open(path, method=method, json=body, headers=headers(key))


ORDER = {
    "source_id": "1001",
    "status": "FULFILLED",
    "customer": {"source_id": "bob", "name": "Bob Smith", "email": "bob@smith.example"},
    "items": [
        {"source_id": "p1", "related_object": "product", "quantity": 2, "product": {"name": "Phone", "price": 60000, "override": True}},
        {
            "source_id": "c1", "related_object": "sku", "quantity": 1,
            "product": {"source_id": "Books", "name": "Comics", "price": 2100, "override": True},
            "sku": {"sku": "Comics1", "source_id": "c1", "price": 1700, "override": True},
        },
    ],
    "metadata": {"location_id": ["L1", "L2"]},
}  # fmt: skip


def test_an_order_is_answered_as_the_reference_answers_it(client: Browser, adding: Made, session: Session) -> None:
    told = send(client, adding, body=ORDER).json
    assert told is not None
    who = session.scalars(select(Customer).where(Customer.source_id == "bob")).one()

    assert (told["status"], told["amount"], told["total_amount"], told["metadata"]) == ("FULFILLED", 121700, 121700, ORDER["metadata"])
    assert told["customer"] == {"id": f"cust_{who.id.hex}", "object": "customer"}
    phone, comic = told["items"]
    assert (phone["amount"], phone["price"], phone["subtotal_amount"], phone["product"]["name"]) == (120000, 60000, 120000, "Phone")
    assert (comic["amount"], comic["sku"]["sku"], comic["product"]["source_id"]) == (1700, "Comics1", "Books")
    assert comic["sku_id"] == comic["sku"]["id"]
    for id in ("1001", told["id"]):
        assert send(client, adding, f"/v1/orders/{id}", "GET").json == told
    listed = send(client, adding, "/v1/orders", "GET").json
    assert listed is not None
    assert (listed["total"], listed["orders"]) == (1, [told])


def test_the_same_key_is_the_same_order_and_put_changes_what_it_says(client: Browser, adding: Made, session: Session) -> None:
    send(client, adding, body=ORDER)
    again = send(client, adding, body={"source_id": "1001", "status": "CANCELED"}).json
    put = send(client, adding, "/v1/orders/1001", "PUT", {"metadata": {"till": 3}}).json

    assert again is not None
    assert put is not None
    assert (again["status"], again["amount"], put["metadata"]) == ("CANCELED", 121700, {"location_id": ["L1", "L2"], "till": 3})
    assert session.scalar(text("SELECT count(*) FROM orders")) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"source_id": "1", "status": "SOLD"}, "status may be"),
        ({"source_id": "1", "amount": -1}, "amount is a whole number, at least 0"),
        ({"source_id": "1", "items": [{"price": 1}, {"price": 1.5}]}, "items.1.price is a whole number"),
        ({"source_id": "1", "items": [{}] * 501}, "items may have 500 of them"),
        ({"source_id": "1", "created_at": "yesterday"}, "created_at is a date and time"),
        ({"source_id": "1", "created_at": "2999-01-01"}, "created_at lies in the future"),
        ({"source_id": "1", "items": [{"price": 10**12, "quantity": 10**6}]}, "is more than an order can come to"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(client: Browser, adding: Made, session: Session, body: dict[str, Any], said: str) -> None:
    answer = send(client, adding, body=body)

    assert answer.status_code == 400
    assert said in answer.text
    assert session.scalar(text("SELECT count(*) FROM orders")) == 0


def test_a_customer_nobody_knows_is_refused_unless_the_key_may_add_them(client: Browser, key: Made) -> None:
    answer = send(client, key, body=ORDER)
    assert (answer.status_code, (answer.json or {})["key"]) == (404, "not_found")


def test_history_counts_and_wakes_nobody(client: Browser, adding: Made, dina: Customer, session: Session) -> None:
    old = [
        {
            "source_id": str(n % 40),
            "status": "PAID",
            "amount": 100 + n,
            "customer": "c1" if n % 2 else f"new{n % 40}",
            "created_at": "2024-05-01",
        }
        for n in range(60)
    ]
    answer = send(client, adding, "/v1/orders/import", body=old)

    assert (answer.json or {})["async_action_id"].startswith("aa_")
    orders = session.scalars(select(Order).where(Order.customer_id == dina.id)).all()
    sums = session.get_one(CustomerOrders, dina.id)
    assert (len(orders), sums.orders, sums.amount) == (20, 20, sum(order.total_amount for order in orders))
    assert {order.created_at.year for order in orders} == {2024}
    assert session.scalar(text("SELECT count(*) FROM events WHERE kind LIKE 'customer.order.%'")) == 0
    assert session.scalar(text("SELECT count(*) FROM event_work")) == 0
    assert session.scalar(text("SELECT bool_and(silent) FROM dirty_customers")) is not False


def test_a_file_of_orders_is_asked_for_and_fetched_without_a_key_for_a_day(client: Browser, adding: Made, session: Session) -> None:
    for number, status, price in (("1", "PAID", 900), ("2", "CREATED", 100), ("3", "PAID", 400)):
        send(client, adding, body={"source_id": number, "status": status, "items": [{"price": price}], "metadata": {"till": f"={number}"}})
    asked = {
        "fields": ["source_id", "status", "total_amount", "metadata.till"],
        "filters": {"status": {"conditions": {"$is": ["PAID"]}}, "total_amount": {"conditions": {"$more_than": [300]}}},
        "order": "created_at",
    }

    made = send(client, adding, "/v1/orders/export", body={"parameters": asked}).json
    told = send(client, adding, f"/v1/exports/{made['id']}", "GET").json
    path = told["result"]["url"].partition("/e/")[2]
    file = client.get(f"/e/{path}")

    assert (made["status"], told["status"], told["exported_object"]) == ("SCHEDULED", "DONE", "order")
    assert told["parameters"] == asked
    assert file.text.lstrip("\ufeff").splitlines() == ["source_id,status,total_amount,metadata.till", "1,PAID,900,'=1", "3,PAID,400,'=3"]
    assert client.get(f"/e/x{path}").status_code == 404
    session.execute(text("UPDATE jobs SET created_at = created_at - interval '25 hours' WHERE kind = 'export_orders'"))
    assert client.get(f"/e/{path}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"fields": ["colour"]}, "fields"),
        ({"order": "colour"}, "order may be"),
        ({"filters": {"colour": {"conditions": {"$is": ["x"]}}}}, "There is no filter"),
        ({"filters": {"amount": {"conditions": {"$is": ["x"]}}}}, "whole number"),
    ],
)
def test_a_file_that_cannot_be_is_refused_by_name(client: Browser, adding: Made, asked: dict[str, Any], words: str) -> None:
    told = send(client, adding, "/v1/orders/export", body={"parameters": asked})

    assert told.status_code == 400
    assert words in told.text
