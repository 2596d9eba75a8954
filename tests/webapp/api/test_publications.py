"""Codes on request: the same question gets the same code, and every no is told in Voucherify's words."""

import base64
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.customers.profiles import metadata
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer
from domain.workspace.api_keys.create import Made, make
from tests.webapp.api.given import a_campaign, headers
from tests.webapp.conftest import Browser


def test_the_same_triple_returns_the_same_publication(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    campaign = a_campaign(session)
    asked = {"campaign": {"name": "Autumn 15 %"}, "customer": {"source_id": "c1"}, "source_id": "news-1"}

    first, second = (client.post("/v1/publications", json=asked, headers=headers(key)) for _ in range(2))
    other = client.post("/v1/publications", json=asked | {"source_id": "news-2"}, headers=headers(key))

    assert first.status_code == 200
    assert first.json == second.json
    assert other.json["voucher"]["code"] != first.json["voucher"]["code"]
    assert first.json["voucher"]["campaign_id"] == outside(Prefix.CAMPAIGN, campaign.id)
    assert first.json["voucher"]["discount"] == {"type": "PERCENT", "percent_off": 15, "effect": "APPLY_TO_ORDER"}
    assert first.json["result"] == "SUCCESS"
    assert first.headers["Cache-Control"] == "private, no-store"
    assert len(first.data) < 10_000


@pytest.mark.parametrize("kind", ["strings", "form called json", "form", "email", "id"])
def test_campaign_and_customer_may_be_strings_or_objects_in_json_or_a_form(
    client: Browser, session: Session, key: Made, dina: Customer, kind: str
) -> None:
    campaign = a_campaign(session)
    camp, cust = outside(Prefix.CAMPAIGN, campaign.id), outside(Prefix.CUSTOMER, dina.id)
    ways: dict[str, dict[str, Any]] = {
        "strings": {"json": {"campaign": camp, "customer": "c1"}},
        "form called json": {"data": f"campaign={camp}&customer=c1&channel=Braze", "content_type": "application/json"},
        "form": {"data": {"campaign[name]": "Autumn 15 %", "customer[source_id]": "c1"}},
        "email": {"json": {"campaign": {"id": camp}, "customer": {"email": "Dina@okafor.example"}}},
        "id": {"json": {"campaign": "autumn 15 %", "customer": {"id": cust, "source_id": "ignored"}}},
    }

    answer = client.post("/v1/publications", headers=headers(key), **ways[kind])

    assert answer.status_code == 200
    assert answer.json["customer_id"] == cust


def test_a_dry_pool_is_an_error_or_a_declared_fallback(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    a_campaign(session, codes=0)
    asked = {"campaign": "Autumn 15 %", "customer": "c1"}

    error = client.post("/v1/publications", json=asked, headers=headers(key))
    kind = make(session, SYSTEM, "Braze", fallback_code="AUTUMN10")
    fallback = client.post("/v1/publications", json=asked, headers=headers(kind))

    assert (error.status_code, error.json["key"]) == (400, "no_voucher_suitable_for_publication")
    assert set(error.json) >= {"code", "key", "message", "details", "request_id"}
    assert (fallback.status_code, fallback.json["voucher"]["code"], fallback.json["fallback"]) == (200, "AUTUMN10", True)


def test_join_once_gives_the_code_that_is_held(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    a_campaign(session)

    answers = [
        client.post("/v1/publications?join_once=true", json={"campaign": "Autumn 15 %", "customer": "c1"}, headers=headers(key))
        for _ in range(2)
    ]

    assert answers[0].json["voucher"]["code"] == answers[1].json["voucher"]["code"]


def test_by_get_only_integration_keys_publish(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    a_campaign(session)
    path = "/v1/publications/create?campaign[name]=Autumn%2015%20%25&customer[source_id]=c1&source_id=s"
    iterable = make(session, SYSTEM, "Iterable", platform="iterable")

    refused, given, again = (client.get(path, headers=headers(k)) for k in (key, iterable, iterable))

    assert (refused.status_code, refused.json["key"]) == (403, "integration_api_key_required")
    assert given.json["voucher"]["code"] == again.json["voucher"]["code"]
    assert given.json["channel"] == "iterable"


def test_unknown_customers_are_added_only_where_the_key_may(client: Browser, session: Session, key: Made) -> None:
    a_campaign(session)
    asked = {"campaign": "Autumn 15 %", "customer": {"source_id": "new", "email": "new@example.com"}}

    refused = client.post("/v1/publications", json=asked, headers=headers(key))
    added = client.post("/v1/publications", json=asked, headers=headers(make(session, SYSTEM, "CRM", may_create_customers=True)))

    assert (refused.status_code, refused.json["key"]) == (404, "not_found")
    assert added.json["customer"]["source_id"] == "new"


@pytest.mark.parametrize(
    ("body", "status", "key_"),
    [
        ({"customer": "c1"}, 400, "missing_vouchers"),
        ({"campaign": "Autumn 15 %"}, 400, "missing_customer"),
        ({"campaign": "nope", "customer": "c1"}, 404, "not_found"),
        ({"campaign": {"name": "Autumn 15 %", "count": 5}, "customer": "c1"}, 400, "too_many_vouchers_requested"),
        ({"campaign": "Autumn 15 %", "customer": "c1", "metadata": "x"}, 400, "metadata_validation_failed"),
    ],
)
def test_what_is_wrong_is_told_with_the_known_key(
    client: Browser, session: Session, key: Made, dina: Customer, body: dict[str, Any], status: int, key_: str
) -> None:
    a_campaign(session)
    answer = client.post("/v1/publications", json=body, headers=headers(key))
    assert (answer.status_code, answer.json["key"]) == (status, key_)


def test_a_body_that_is_no_object_is_refused(client: Browser, key: Made) -> None:
    for body in ("[1]", "{", "nonsense"):
        answer = client.post("/v1/publications", data=body, content_type="application/json", headers=headers(key))
        assert (answer.status_code, answer.json["key"]) == (400, "invalid_payload")


def test_a_key_may_do_only_what_it_is_bound_to(client: Browser, session: Session, dina: Customer) -> None:
    campaign, other = a_campaign(session), a_campaign(session, "Winter")
    asked = {"campaign": "Winter", "customer": "c1"}
    bound = make(session, SYSTEM, "bound", campaigns=[campaign.id])
    reader = make(session, SYSTEM, "reader", verbs=["read"])
    far = make(session, SYSTEM, "far", addresses=["203.0.113.7"])
    slow = make(session, SYSTEM, "slow", per_minute=1)
    stingy = make(session, SYSTEM, "stingy", codes_per_day=1)

    def ask(made: Made, **more: Any) -> tuple[int, str]:
        answer = client.post("/v1/publications", json=asked | more, headers=headers(made))
        return answer.status_code, answer.json.get("key", "")

    assert ask(bound) == (404, "not_found")
    assert ask(reader) == (403, "forbidden")
    assert ask(far) == (403, "forbidden_address")
    assert [ask(slow)[0] for _ in range(2)] == [200, 429]
    assert ask(stingy, source_id="1") == (200, "")
    assert ask(stingy, source_id="2") == (429, "too_many_codes")
    assert ask(stingy, source_id="1") == (200, "")
    assert other.id


def test_keys_come_by_header_bearer_and_basic_and_wrong_ones_are_told(client: Browser, session: Session, key: Made) -> None:
    basic = base64.b64encode(f"{key.key.app_id}:{key.token}".encode()).decode()
    good = [headers(key), {"Authorization": f"Bearer {key.token}"}, {"Authorization": f"Basic {basic}"}]
    bad = [{}, headers(key, **{"X-App-Id": "x"}), {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}]

    assert [client.get("/v1/publications", headers=h).status_code for h in good] == [200, 200, 200]
    answers = [client.get("/v1/publications", headers=h) for h in bad]
    assert [a.status_code for a in answers] == [401] * 4
    assert all(a.json["key"] == "unauthorized" for a in answers)


def test_what_remains_of_the_minute_is_in_the_headers(client: Browser, key: Made) -> None:
    answer = client.get("/v1/publications", headers=headers(key))
    assert (answer.headers["X-Rate-Limit-Limit"], answer.headers["X-Rate-Limit-Remaining"]) == ("2000", "1999")


def test_publications_are_listed_and_filtered_in_every_spelling(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    a_campaign(session)
    for n in range(3):
        client.post("/v1/publications", json={"campaign": "Autumn 15 %", "customer": "c1", "source_id": f"s{n}"}, headers=headers(key))

    def found(query: str) -> list[str]:
        answer = client.get(f"/v1/publications?{query}", headers=headers(key))
        assert answer.status_code == 200, answer.json
        return [p["source_id"] for p in answer.json["publications"]]

    assert found("order=source_id") == ["s0", "s1", "s2"]
    assert found("order=source_id&limit=2&page=2") == ["s2"]
    assert found("source_id=s1") == ["s1"]
    assert found(f"customer={outside(Prefix.CUSTOMER, dina.id)}&order=-source_id") == ["s2", "s1", "s0"]
    assert found("filters[source_id][conditions][$is]=s1") == ["s1"]
    assert found("filters[source_id][conditions][$in][0]=s1") == ["s1"]
    assert found("filters[source_id][conditions][$in]=['s0', 's2']&order=source_id") == ["s0", "s2"]
    assert found("filters[source_id][conditions][$not_in]=['s0', 's2']") == ["s1"]
    assert found("result=FAILURE") == []
    assert client.get("/v1/publications?limit=1000", headers=headers(key)).json["key"] == "invalid_query_params"
    assert client.get("/v1/publications?page=1001", headers=headers(key)).json["key"] == "page_over_limit"
    assert client.get("/v1/publications?filters[x][conditions][$is]=1", headers=headers(key)).json["key"] == "invalid_query_params"


def test_a_whole_address_in_the_request_line_is_understood(client: Browser, key: Made) -> None:
    whole = {"RAW_URI": "http://localhost/v1/publications?limit=1"}
    assert client.get("/v1/publications?limit=1", headers=headers(key), environ_overrides=whole).status_code == 200


def test_publications_are_not_posted_to_the_address_of_the_get(client: Browser, key: Made) -> None:
    answer = client.post("/v1/publications/create", headers=headers(key))
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_metadata_of_a_new_customer_is_kept_and_that_of_a_known_one_is_named_as_ignored(client: Browser, session: Session) -> None:
    a_campaign(session)
    crm = headers(make(session, SYSTEM, "CRM", may_create_customers=True))
    asked = {
        "campaign": "Autumn 15 %",
        "customer": {"source_id": "new-1", "email": "new@example.com", "metadata": {"tier": "gold", "visits": 3}},
    }

    first = client.post("/v1/publications", json=asked, headers=crm)
    asked["customer"] = {"source_id": "new-1", "metadata": {"tier": "silver"}}
    again = client.post("/v1/publications", json=asked, headers=crm)

    assert (first.status_code, first.headers.get("Largesse-Ignored")) == (200, None)
    assert (again.status_code, again.headers["Largesse-Ignored"]) == (200, "customer.metadata")
    kept = session.scalars(select(Customer).where(Customer.source_id == "new-1")).one()
    assert kept.details == {"tier": "gold", "visits": 3}


def test_a_key_that_adds_nobody_is_told_that_metadata_is_ignored(client: Browser, session: Session, key: Made, dina: Customer) -> None:
    a_campaign(session)
    asked = {"campaign": "Autumn 15 %", "customer": {"source_id": "c1", "metadata": {"tier": "gold"}}}

    answer = client.post("/v1/publications", json=asked, headers=headers(key))

    assert (answer.status_code, answer.headers["Largesse-Ignored"]) == (200, "customer.metadata")


@pytest.mark.parametrize("value", ["many", [1], {"a": 1}])
def test_metadata_of_a_new_customer_that_does_not_fit_is_refused_by_its_key(client: Browser, session: Session, value: Any) -> None:
    a_campaign(session)
    metadata.register(session, {"visits": "number"})
    crm = headers(make(session, SYSTEM, "CRM", may_create_customers=True))
    asked = {"campaign": "Autumn 15 %", "customer": {"source_id": "new-2", "metadata": {"visits": value}}}

    answer = client.post("/v1/publications", json=asked, headers=crm)

    assert (answer.status_code, answer.json["key"]) == (400, "invalid_customer")
    assert "customer.metadata.visits" in answer.json["details"]
    assert session.scalar(select(func.count()).select_from(Customer).where(Customer.source_id == "new-2")) == 0
