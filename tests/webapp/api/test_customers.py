"""Customers through the official Python client: added once however often they are sent, read, changed, listed, forgotten."""

from typing import Any

import pytest
import voucherify
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.kernel.actor import SYSTEM
from domain.shop.orders.record import record
from domain.shop.orders.wanted import OrderWanted
from domain.tables.customers import Customer
from domain.workspace.api_keys.create import Made
from tests.webapp.api import official
from tests.webapp.conftest import Browser


@pytest.fixture
def customers(client: Browser, key: Made) -> Any:
    return voucherify.CustomersApi(official.client(client, key))


def bob(**more: Any) -> Any:
    facts: dict[str, Any] = {
        "source_id": "bob",
        "name": "Bob Smith",
        "email": "bob@smith.example",
        "phone": "+44 7700 900018",
        "birthdate": "1990-06-02",
        "address": {"city": "Bristol", "line_1": "12 Mill Lane"},
        "metadata": {"vip": True},
    }
    return voucherify.CustomersCreateRequestBody.from_dict(facts | more)


def test_a_customer_is_added_once_and_sent_again_is_changed(customers: Any, session: Session) -> None:
    first = customers.create_customer(bob())
    again = customers.create_customer(voucherify.CustomersCreateRequestBody(source_id="bob", metadata={"spend": 12}))

    assert (again.id, again.name, again.metadata) == (first.id, "Bob Smith", {"vip": True, "spend": 12})
    assert (first.address.city, str(first.birthdate), first.phone) == ("Bristol", "1990-06-02", "+447700900018")
    assert session.scalar(select(Customer.source_id).where(Customer.source_id == "bob")) == "bob"


def test_put_changes_what_it_says_and_null_takes_a_fact_away(customers: Any) -> None:
    customers.create_customer(bob())

    changed = customers.update_customer("bob", voucherify.CustomersUpdateRequestBody(name="Robert", phone=None))

    assert (changed.name, changed.phone, changed.email) == ("Robert", None, "bob@smith.example")
    assert customers.get_customer(changed.id).name == "Robert"


def test_sums_of_orders_stand_with_the_customer(customers: Any, dina: Customer, session: Session) -> None:
    record(session, SYSTEM, [OrderWanted(source_id=str(n), customer_id=dina.id, status="paid", amount=900 + n) for n in range(2)])

    orders = customers.get_customer("c1").summary.orders

    assert (orders.total_amount, orders.total_count, orders.average_amount) == (1801, 2, 900)


def test_customers_are_found_by_what_is_asked(customers: Any, dina: Customer) -> None:
    made = customers.create_customer(bob())

    for asked in ({"email": "BOB@smith.example"}, {"city": "bristol"}, {"name": "bob"}, {"limit": 1}):
        assert [one.id for one in customers.list_customers(**asked).customers] == [made.id]
    both = customers.list_customers(order="created_at")
    assert ([one.source_id for one in both.customers], both.total, both.has_more) == (["c1", "bob"], 2, False)
    assert customers.list_customers(created_at_after="2999-01-01", updated_at_before="2999-01-01").total == 0
    assert customers.list_customers(created_at_before="2999-01-01").total == 2


def test_what_happened_is_told_page_by_page(customers: Any) -> None:
    customers.create_customer(bob())
    customers.update_customer("bob", voucherify.CustomersUpdateRequestBody(name="Robert"))

    first = customers.list_customer_activity("bob", limit=1)
    second = customers.list_customer_activity("bob", limit=1, starting_after_id=first.more_starting_after)

    assert [one.type for one in (*first.data, *second.data)] == ["customer.updated", "customer.created"]
    assert (first.has_more, second.has_more) == (True, False)


def test_many_are_changed_at_once_and_one_that_is_wrong_holds_up_no_other(customers: Any, session: Session) -> None:
    item = voucherify.CustomersUpdateInBulkRequestBody
    told = customers.update_customers_in_bulk([item(source_id="a", name="A"), item(source_id="b", email="no address"), item(source_id="c")])
    customers.update_customers_metadata_in_bulk(
        voucherify.CustomersMetadataUpdateInBulkRequestBody(source_ids=["a", "d"], metadata={"vip": True})
    )

    report = session.scalar(text("SELECT report FROM jobs WHERE kind = 'customers_bulk_update'"))
    assert told.async_action_id.startswith("aa_")
    assert [one["source_id"] for one in report["failed"]] == ["b"]
    rows = session.execute(select(Customer.source_id, Customer.details).order_by(Customer.source_id)).all()
    assert [tuple(row) for row in rows] == [("a", {"vip": True}), ("c", {}), ("d", {"vip": True})]


def test_who_is_forgotten_is_not_found_again(customers: Any) -> None:
    customers.create_customer(bob())
    other = customers.create_customer(bob(source_id="other", email="o@ther.example", phone=None))

    customers.delete_customer("bob")
    told = customers.customer_permanently_deletion("other")

    assert (told.status, told.related_object_id) == ("DONE", other.id)
    assert customers.list_customers().total == 0
    with pytest.raises(voucherify.exceptions.NotFoundException):
        customers.get_customer("bob")


def test_what_cannot_be_is_refused_by_its_name(customers: Any) -> None:
    with pytest.raises(voucherify.exceptions.BadRequestException, match="email: "):
        customers.create_customer(bob(email="no address"))
