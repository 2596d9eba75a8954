"""A running server, asked by programs that are not ours: the official Python client, and many callers at once."""

import concurrent.futures
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import voucherify
from sqlalchemy import text

from domain.incentives.ledger import check as ledger
from domain.kernel.base import Prefix, outside
from tests.journeys.installation import ROOT, Installation, started
from tests.scenes import Scene

CUSTOMERS = 5_000


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with started(LARGESSE_WEB_WORKERS="2") as installation:
        yield installation


@pytest.fixture(scope="module")
def key(installation: Installation) -> dict[str, str]:
    """A key made on the command line, as an owner would."""
    told = subprocess.run(
        [sys.executable, "-m", "largesse", "api-key", "create", "--name", "Shop"],
        env=os.environ | {"LARGESSE_DATA": str(installation.data), "DATABASE_URL": "", "BROKER_URL": "", "LARGESSE_SECRET_KEYS": ""},
        cwd=ROOT, text=True, capture_output=True, check=True,
    ).stdout  # fmt: skip
    made = json.loads(told)
    with installation.transaction() as session:
        session.execute(text("UPDATE api_keys SET per_minute = 1000000"))
    return {"X-App-Id": made["app_id"], "X-App-Token": made["app_token"]}


@pytest.fixture(scope="module")
def scene(installation: Installation) -> dict[str, str]:
    with installation.transaction() as session:
        scene = Scene(session)
        scene.dina.source_id = "dina"
        few, many = scene.campaign("Few", codes=60, join_once=False), scene.campaign("Many", codes=CUSTOMERS + 10, join_once=False)
        session.execute(
            text(
                "INSERT INTO customers (id, source_id, typed_name, email, phone, email_hash, phone_hash, line1, line2, city, region,"
                " postal_code, country, locale, time_zone, metadata, created_at, updated_at, updated_by, row_version)"
                " SELECT largesse_uuid7(), 'n' || n, 'N', '', '', '', '', '', '', '', '', '', '', '', '', '{}', now(), now(), '', 1"
                " FROM generate_series(1, :n) n"
            ),
            {"n": CUSTOMERS},
        )
        return {"few": outside(Prefix.CAMPAIGN, few.id), "many": outside(Prefix.CAMPAIGN, many.id)}


def post(installation: Installation, key: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{installation.url}/v1/publications", json.dumps(body).encode(), key | {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def test_the_official_python_client_publishes_and_lists(installation: Installation, key: dict[str, str], scene: dict[str, str]) -> None:
    client = voucherify.ApiClient(voucherify.Configuration(host=installation.url, api_key=key))
    publications, customers = voucherify.PublicationsApi(client), voucherify.CustomersApi(client)
    wanted = voucherify.PublicationsCreateRequestBody.from_dict(
        {"campaign": {"name": "Few"}, "customer": {"source_id": "dina"}, "source_id": "mail-1", "channel": "newsletter"}
    )

    made = publications.create_publication(None, wanted)
    again = publications.create_publication(None, wanted)
    listed = publications.list_publications(source_id="mail-1")
    held = customers.list_customer_redeemables("dina")

    assert made.voucher.code == again.voucher.code
    assert [p.channel for p in listed.publications] == ["newsletter"]
    assert [row.redeemable.voucher.code for row in held.data] == [made.voucher.code]


def test_a_filter_may_name_a_thousand_ids_and_an_id_may_hold_a_slash(
    installation: Installation, key: dict[str, str], scene: dict[str, str]
) -> None:
    client = voucherify.ApiClient(voucherify.Configuration(host=installation.url, api_key=key))
    ids = [f"cust_{n:032x}" for n in range(1_000)]
    filters = voucherify.ParameterFiltersListPublications.from_dict({"customer_id": {"conditions": {"$not_in": ids}}})
    query = "&".join(f"filters%5Bcustomer_id%5D%5Bconditions%5D%5B%24not_in%5D%5B{n}%5D={id}" for n, id in enumerate(ids))

    assert voucherify.PublicationsApi(client).list_publications(filters=filters).total is not None
    indexed = requests.get(f"{installation.url}/v1/publications?{query}", headers=key, timeout=60)
    nobody = requests.get(f"{installation.url}/v1/customers/a%2Fb%25/redeemables", headers=key, timeout=60)

    assert (indexed.status_code, indexed.json()["object"]) == (200, "list")
    assert (nobody.status_code, nobody.json()["resource_id"]) == (404, "a/b%")


def test_a_body_without_end_is_read_no_further_than_its_limit(installation: Installation, key: dict[str, str]) -> None:
    sent = (b" " * 8_192 for _ in range(20))
    answer = requests.post(f"{installation.url}/v1/publications", sent, headers=key | {"Content-Type": "application/json"}, timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (413, 413)


def test_fifty_callers_at_once_get_one_and_the_same_code(installation: Installation, key: dict[str, str], scene: dict[str, str]) -> None:
    body = {"campaign": scene["few"], "customer": "dina", "source_id": "rush"}
    with concurrent.futures.ThreadPoolExecutor(50) as callers:
        told = list(callers.map(lambda _: post(installation, key, body), range(50)))

    assert len({t["voucher"]["code"] for t in told}) == 1
    assert len({t["id"] for t in told}) == 1


@pytest.mark.parametrize(("first", "last"), [(1, 500), pytest.param(501, CUSTOMERS, marks=pytest.mark.long)])
def test_as_many_customers_get_as_many_codes(
    installation: Installation, key: dict[str, str], scene: dict[str, str], first: int, last: int
) -> None:
    def ask(n: int) -> str:
        code: str = post(installation, key, {"campaign": scene["many"], "customer": f"n{n}"})["voucher"]["code"]
        return code

    with concurrent.futures.ThreadPoolExecutor(16) as callers:
        codes = list(callers.map(ask, range(first, last + 1)))

    assert len(set(codes)) == last - first + 1
    with installation.transaction() as session:
        given = session.scalar(text("SELECT count(*) FROM publications p JOIN campaigns c ON c.id = campaign_id WHERE c.name = 'Many'"))
        assert given == last
        assert ledger.check(session) == []
