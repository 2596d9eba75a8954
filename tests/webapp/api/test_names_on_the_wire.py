"""Who is meant, however it is written: international domains in both forms, and text that cannot be kept."""

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.kernel.base import new_id
from domain.tables.customers import Customer
from domain.workspace.api_keys.create import Made, make
from tests.webapp.api.given import a_campaign, headers
from tests.webapp.conftest import Browser


@pytest.fixture
def crm(session: Session) -> Made:
    """A key that may add customers."""
    a_campaign(session, "R same", codes=9)
    return make(session, SYSTEM, "CRM", may_create_customers=True)


def add(session: Session, source_id: str, email: str) -> Customer:
    now = clock.now(session)
    one = Customer(id=new_id(), source_id=source_id, email=email, created_at=now, updated_at=now)
    session.add(one)
    session.flush()
    return one


def test_an_international_domain_is_the_same_in_both_forms(client: Browser, session: Session, crm: Made) -> None:
    add(session, "p-1", "anna@bücher.example.com")

    def publish(email: str) -> Any:
        body = {"campaign": "R same", "customer": {"email": email}, "source_id": "p1"}
        return client.post("/v1/publications", json=body, headers=headers(crm)).json

    told = [publish(email) for email in ("anna@xn--bcher-kva.example.com", "anna@bücher.example.com", "Anna@BÜCHER.example.com")]
    listed = client.get("/v1/customers/anna@xn--bcher-kva.example.com/redeemables", headers=headers(crm))

    assert {one["customer"]["source_id"] for one in told} == {"p-1"}
    assert len({one["voucher"]["code"] for one in told}) == 1
    assert (listed.status_code, listed.json["total"]) == (200, 1)
    assert session.scalar(select(func.count()).select_from(Customer)) == 1


NUL = [
    {"campaign": "R same", "customer": {"source_id": "a\0b"}, "source_id": "q"},
    {"campaign": "R same", "customer": {"source_id": "race-same"}, "source_id": "q\0"},
    {"campaign": "R \0same", "customer": {"source_id": "race-same"}},
    {"campaign": "R same", "customer": {"source_id": "race-same"}, "source_id": "m1", "metadata": {"note": "x\0y"}},
    {"campaign": "R same", "customer": {"source_id": "race-same"}, "source_id": "m2", "metadata": {"note": "\ud83d"}},
    {"campaign": "R same", "customer": {"source_id": "race-same"}, "source_id": "m3", "channel": "a\0"},
]


FIELDS = ["customer.source_id", "source_id", "campaign", "metadata.note", "metadata.note", "channel"]


@pytest.mark.parametrize(("body", "field"), list(zip(NUL, FIELDS, strict=True)), ids=FIELDS)
def test_text_that_no_table_holds_is_refused_by_name(client: Browser, crm: Made, body: dict[str, Any], field: str) -> None:
    answer = client.post("/v1/publications", json=body, headers=headers(crm))
    assert (answer.status_code, answer.json["key"]) == (400, "invalid_payload")
    assert answer.json["details"].startswith(f"{field} holds a control character")


def test_such_text_in_a_path_or_a_query_is_refused_too(client: Browser, crm: Made) -> None:
    for path, field in (("/v1/customers/a%00b/redeemables", "customerId"), ("/v1/publications?customer=a%00b", "customer")):
        answer = client.get(path, headers=headers(crm))
        assert answer.status_code == 400
        assert field in answer.json["details"]


def test_an_address_of_several_customers_gives_nobody_a_code_and_adds_nobody(client: Browser, session: Session, crm: Made) -> None:
    for source_id in ("one", "two"):
        add(session, source_id, "family@okafor.example")

    body = {"campaign": "R same", "customer": {"email": "Family@okafor.example"}}
    answer = client.post("/v1/publications", json=body, headers=headers(crm))

    assert (answer.status_code, answer.json["key"]) == (400, "ambiguous_customer")
    assert session.scalar(select(func.count()).select_from(Customer)) == 2


def test_an_id_is_asked_before_an_address_that_looks_the_same(client: Browser, session: Session, crm: Made) -> None:
    for source_id in ("x@okafor.example", "a", "b", "c"):
        add(session, source_id, "x@okafor.example")

    answer = client.post("/v1/publications", json={"campaign": "R same", "customer": "x@okafor.example"}, headers=headers(crm))

    assert answer.json["customer"]["source_id"] == "x@okafor.example"


def test_a_new_customer_whose_facts_are_wrong_is_refused_by_field(client: Browser, crm: Made) -> None:
    body = {"campaign": "R same", "customer": {"source_id": "new", "email": "no address", "birthdate": "tomorrow"}}
    answer = client.post("/v1/publications", json=body, headers=headers(crm))

    assert (answer.status_code, answer.json["key"]) == (400, "invalid_customer")
    assert "customer.email" in answer.json["details"]
    assert "customer.birthdate" in answer.json["details"]


def test_lines_are_folded_in_metadata_and_refused_in_names(client: Browser, session: Session, dina: Customer, crm: Made) -> None:
    body = {"campaign": "R same", "customer": "c1", "source_id": "s", "metadata": {"note": "a\r\nb\rc\td 👩‍💻"}}

    given = client.post("/v1/publications", json=body, headers=headers(crm))
    refused = client.post("/v1/publications", json=body | {"source_id": "a\nb"}, headers=headers(crm))

    assert given.json["metadata"] == {"note": "a\nb\nc\td 👩‍💻"}
    assert (refused.status_code, refused.json["details"]) == (400, "source_id is one line.")


def test_publishing_by_get_needs_something_that_makes_it_the_same_again(client: Browser, session: Session, dina: Customer) -> None:
    a_campaign(session)
    a_campaign(session, "Once", join_once=True)
    iterable = make(session, SYSTEM, "Iterable", platform="iterable")

    def ask(campaign: str, more: str = "") -> Any:
        return client.get(f"/v1/publications/create?campaign={campaign}&customer=c1{more}", headers=headers(iterable))

    assert (ask("Autumn 15 %25").status_code, ask("Autumn 15 %25").json["key"]) == (400, "invalid_publish_params")
    assert [
        ask("Autumn 15 %25", "&join_once=true").status_code,
        ask("Autumn 15 %25", "&source_id=1").status_code,
        ask("Once").status_code,
    ] == [200] * 3
