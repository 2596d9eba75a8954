"""Segments and async actions through the official Python client, and what a filter means."""

import datetime
from typing import Any

import pytest
import voucherify
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.facts.catalogue import known
from domain.customers.profiles.metadata import register
from domain.customers.segments import check
from domain.tables.customers import Customer, Member, Segment
from domain.workspace.api_keys.create import Made
from tests.webapp.api import official
from tests.webapp.api.given import headers
from tests.webapp.conftest import Browser
from webapp.api.segments import as_filter


@pytest.fixture
def segments(client: Browser, key: Made) -> Any:
    return voucherify.SegmentsApi(official.client(client, key))


def sent(**facts: Any) -> Any:
    return voucherify.SegmentsCreateRequestBody.from_dict(facts)


def test_a_list_of_customers_is_a_static_segment(segments: Any, client: Browser, key: Made, dina: Customer, session: Session) -> None:
    made = segments.create_segment(sent(name="Regulars", type="static", customers=[f"cust_{dina.id.hex}"]))

    assert (made.type, made.filter, made.initial_sync_status) == ("static", None, "DONE")
    assert session.scalars(select(Member.customer_id)).all() == [dina.id]
    of_dina = voucherify.CustomersApi(official.client(client, key)).list_customer_segments("c1")
    assert [(one.id, one.name) for one in of_dina.data] == [(made.id, "Regulars")]
    assert [one["name"] for one in client.get("/v1/segments", headers=headers(key)).json["data"]] == ["Regulars"]


def test_a_filter_is_kept_and_read_back(segments: Any) -> None:
    filter = {
        "junction": "or",
        "address.city": {"conditions": {"$in": ["Bristol", "Bath"]}},
        "created_at": {"conditions": {"$less_than_ago": [30]}},
    }
    made = segments.create_segment(sent(name="Near", type="auto-update", filter=filter))

    assert (made.type, made.initial_sync_status) == ("auto-update", "IN_PROGRESS")
    assert segments.get_segment(made.id).filter == filter
    segments.delete_segment(made.id)
    with pytest.raises(voucherify.exceptions.NotFoundException):
        segments.get_segment(made.id)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("created_at", {"$after": ["2021-12-01T00:00:00.000Z"]}),
        ("birthdate", {"$next_month": [True]}),
        ("address.country", {"$is": "Poland"}),
        ("metadata.club_level", {"$in": ["Gold", "Silver"]}),
        ("email", {"$has_value": True}),
        ("summary.orders.total_count", {"$more_than": [3]}),
        ("summary.orders.last_order_date", {"$is_days_ago": [30]}),
    ],
)
def test_what_the_reference_asks_is_asked_here(session: Session, name: str, asked: dict[str, Any]) -> None:
    register(session, {"club_level": "text"})

    kept = check.saved(session, as_filter.condition({name: {"conditions": asked}}), known(session))

    assert set(as_filter.written(kept) or {}) == {"junction", name}


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"type": "auto-update"}, "filter is missing"),
        ({"type": "static", "filter": {"name": {"conditions": {"$is": "a"}}}}, "a static segment has customers"),
        ({"filter": {"shoe_size": {"conditions": {"$is": 4}}}}, "shoe_size is no field"),
        ({"filter": {"name": {"conditions": {"$rhymes": "a"}}}}, "filter.name: Choose how"),
        ({"filter": {"created_at": {"conditions": {"$after": "2021-12-01T09:30:00Z"}}}}, "filter.created_at: "),
        ({"filter": {"name": "Bob"}}, "name is an object"),
        ({"filter": {"junction": "and"}}, "has nothing in it"),
        ({"filter": {"junction": "xor"}}, "junction may be and, or or"),
        ({"customers": ["nobody"]}, "known by nobody"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(segments: Any, session: Session, facts: dict[str, Any], said: str) -> None:
    with pytest.raises(voucherify.exceptions.BadRequestException, match=said):
        segments.create_segment(sent(name="X", **facts))
    assert session.scalars(select(Segment.id)).all() == []


def test_an_async_action_says_what_was_left_out(client: Browser, key: Made) -> None:
    api = official.client(client, key)
    item = voucherify.CustomersUpdateInBulkRequestBody
    told = voucherify.CustomersApi(api).update_customers_in_bulk([item(source_id="a"), item(source_id="b", email="no address")])
    actions = voucherify.AsyncActionsApi(api)

    one = actions.get_async_action(told.async_action_id)
    listed = actions.list_async_actions(limit=1, end_date=datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC))

    assert (one.type, one.status, one.progress) == ("CUSTOMERS.BULK_UPDATE", "DONE", 100)
    assert (one.result["done_count"], [left["source_id"] for left in one.result["failed"]]) == (1, ["b"])
    assert [action.id for action in listed.async_actions] == [told.async_action_id]
