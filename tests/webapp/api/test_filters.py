"""Filters are read as the official clients write them, and each operator finds what it says."""

import datetime
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer
from domain.tables.incentives import Publication, Voucher
from domain.workspace.api_keys.create import Made
from tests.webapp.api.given import a_campaign, headers
from tests.webapp.conftest import Browser

SOURCES = ("s0", "s1", "x_2", None)


@pytest.fixture(autouse=True)
def scene(session: Session, client: Browser, key: Made, dina: Customer) -> None:
    """Four publications, the last without a source_id."""
    a_campaign(session, codes=5)
    for source in SOURCES:
        client.post("/v1/publications", json={"campaign": "Autumn 15 %", "customer": "c1", "source_id": source}, headers=headers(key))


def found(client: Browser, key: Made, query: str) -> list[str | None]:
    answer = client.get(f"/v1/publications?order=id&{query}", headers=headers(key))
    assert answer.status_code == 200, answer.json
    assert answer.json["total"] == len(answer.json["publications"])
    return [p["source_id"] for p in answer.json["publications"]]


ON = "filters[source_id][conditions]"
FORMS = {
    "one": f"{ON}[$in]=s0",
    "indexed": f"{ON}[$in][0]=s0&{ON}[$in][1]=s1",
    "indexed from the end": f"{ON}[$in][1]=s1&{ON}[$in][0]=s0",
    "repeated": f"{ON}[$in]=s0&{ON}[$in]=s1",
    "repeated with brackets": f"{ON}[$in][]=s0&{ON}[$in][]=s1",
    "text of a list": f"{ON}[$in]={quote(str(['s0', 's1']))}",
    "from_dict": f"{ON}[$in]={quote(str(['s0', 's1']))}&{ON}[$is]=None&{ON}[$has_value]=&filters[customer_id]=None&filters[junction]=and",
    "quoted": urlencode({f"{ON}[$in][0]": "s0", f"{ON}[$in][1]": "s1"}),
}


@pytest.mark.parametrize("form", FORMS)
def test_values_are_read_however_they_are_written(client: Browser, key: Made, form: str) -> None:
    assert found(client, key, FORMS[form]) == (["s0"] if form == "one" else ["s0", "s1"])


@pytest.mark.parametrize(
    ("condition", "sources"),
    [
        ("[$is]=s0", ["s0"]),
        ("[$is_not]=s0", ["s1", "x_2", None]),
        ("[$not_in]=['s0', 's1']", ["x_2", None]),
        ("[$contains]=_", ["x_2"]),
        ("[$not_contain]=s", ["x_2", None]),
        ("[$starts_with]=s", ["s0", "s1"]),
        ("[$ends_with]=1", ["s1"]),
        ("[$has_value]=", ["s0", "s1", "x_2"]),
        ("[$has_value]=true", ["s0", "s1", "x_2"]),
        ("[$has_value]=false", [None]),
        ("[$is_unknown]=", [None]),
        ("[$is_unknown]=true", [None]),
        ("[$is_unknown]=false", ["s0", "s1", "x_2"]),
        ("[$more_than]=s0", ["s1", "x_2"]),
        ("[$starts_with]=s&filters[source_id][conditions][$ends_with]=0", ["s0"]),
        ("[$is]=s0&filters[channel][conditions][$is]=API&filters[junction]=OR", ["s0", "s1", "x_2", None]),
        ("[$is]=s0&filters[channel][conditions][$is]=Braze&filters[junction]=or", ["s0"]),
    ],
)
def test_every_operator_finds_what_it_says(client: Browser, key: Made, condition: str, sources: list[str | None]) -> None:
    assert found(client, key, f"{ON}{condition}") == sources


def test_a_thousand_values_fit_into_a_query(client: Browser, key: Made, dina: Customer) -> None:
    for writing in ("[$in][{n}]", "[$in]"):
        pairs = [(f"filters[customer_id][conditions]{writing.format(n=n)}", f"cust_{n:032x}") for n in range(999)]
        query = urlencode([*pairs, (f"filters[customer_id][conditions]{writing.format(n=999)}", outside(Prefix.CUSTOMER, dina.id))])
        assert len(found(client, key, query)) == 4


def test_every_filter_of_both_lists_takes_every_operator(client: Browser, key: Made) -> None:
    from webapp.api import filters
    from webapp.api.customers import redeemables
    from webapp.api.publications import listing

    for path, known in (("/v1/publications", listing.filters()), ("/v1/customers/c1/redeemables", redeemables.filters())):
        for name in known:
            for operator in (*filters.OPERATORS, *filters.PRESENCE):
                for value in ("2026-01-01T00:00:00Z", "%25\\"):
                    query = f"filters[{name}][conditions][{operator}]={value}"
                    answer = client.get(f"{path}?{query}", headers=headers(key))
                    assert answer.status_code in {200, 400}, (query, answer.json)
                    assert answer.status_code == 200 or name in answer.json["details"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("filters=1", "filters"),
        ("filters[x][conditions][$is]=1", "filter x"),
        ("filters[source_id]=1", "filters[source_id]"),
        ("filters[source_id][conditions]=1", "filters[source_id]"),
        ("filters[source_id][conditions][$like]=1", "$like"),
        ("filters[source_id][conditions][$has_value]=maybe", "$has_value"),
        ("filters[source_id][conditions][$is]=" + "x" * 501, "$is"),
        ("filters[source_id][conditions][$in]=" + quote("[" * 5_000 + "]" * 5_000), "$in"),
        ("filters[junction]=xor", "junction"),
        ("order=nothing", "order may be"),
        ("starting_after_id=pub_x", "starting_after_id"),
        ("page=1001", "page"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said_by_name(client: Browser, key: Made, query: str, named: str) -> None:
    answer = client.get(f"/v1/publications?{query}", headers=headers(key))
    assert answer.status_code == 400
    assert named in answer.json["details"]


def test_redeemables_are_filtered_by_when_they_were_given(client: Browser, key: Made, session: Session) -> None:
    given = session.query(Voucher).filter(Voucher.state == "assigned").first()
    assert given is not None
    assert given.assigned_at is not None
    day = datetime.timedelta(days=1)

    def count(operator: str, at: datetime.datetime, written: str = "%Y-%m-%dT%H:%M:%S.%f%z") -> int:
        query = urlencode({f"filters[created_at][conditions][{operator}]": at.strftime(written)})
        total: int = client.get(f"/v1/customers/c1/redeemables?{query}", headers=headers(key)).json["total"]
        return total

    assert count("$after", given.assigned_at - day) == 4
    assert count("$after", given.assigned_at + day) == 0
    assert count("$before", given.assigned_at + day, "%Y-%m-%dT%H:%M:%SZ") == 4


def test_a_long_list_is_read_from_behind_the_last_one(client: Browser, key: Made, session: Session) -> None:
    seen, query = [], "limit=3"
    while query:
        answer = client.get(f"/v1/publications?{query}", headers=headers(key)).json
        seen += [p["source_id"] for p in answer["publications"]]
        query = f"limit=3&starting_after_id={answer['more_starting_after']}" if answer["has_more"] else ""

    assert seen == [None, "x_2", "s1", "s0"]
    by_channel = client.get("/v1/publications?order=channel&limit=1", headers=headers(key)).json
    assert by_channel["has_more"]
    assert "more_starting_after" not in by_channel
    again = f"/v1/publications?order=channel&starting_after_id={answer['publications'][0]['id']}"
    assert client.get(again, headers=headers(key)).status_code == 400


def test_beyond_ten_thousand_the_total_is_an_estimate(client: Browser, key: Made, session: Session, dina: Customer) -> None:
    given = session.query(Publication).first()
    assert given is not None
    session.execute(
        text("""
            WITH codes AS (
                INSERT INTO vouchers (campaign_id, code, state, is_free, customer_id, assigned_at, imported, once, redeemed, redeemed_minor,
                    void_reason, created_at)
                SELECT :campaign, 'MANY-' || n, 'assigned', false, :customer, now(), false, false, 0, 0, '', now()
                FROM generate_series(1, 10100) n RETURNING id)
            INSERT INTO publications (id, campaign_id, voucher_id, customer_id, channel, once, metadata, created_at)
            SELECT largesse_uuid7(), :campaign, id, :customer, 'API', false, '{}', now() FROM codes
        """),
        {"campaign": given.campaign_id, "customer": dina.id},
    )

    for path in ("/v1/publications", "/v1/customers/c1/redeemables"):
        answer = client.get(f"{path}?limit=2", headers=headers(key)).json
        assert answer["total"] > 10_000
        assert answer["has_more"]
