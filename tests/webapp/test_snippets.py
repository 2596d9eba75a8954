"""What is shown to be pasted into a platform is understood by the API, and gives each customer a code of their own."""

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy.orm import Session

from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, new_id, outside
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign
from domain.workspace.api_keys.create import Made, make
from integrations import catalogue
from tests.webapp.api.given import a_campaign
from tests.webapp.conftest import Browser
from webapp.api_keys.snippets import for_campaign

URL = "https://largesse.example"
PULLING = [p for p in catalogue.providers() if p.pull is not None and p.pull.snippet]


def said_by(key: str, text: str, customer: str) -> dict[str, Any]:
    """The body that the platform makes of a snippet for one customer: its own tags are filled in, and nothing else is."""
    filled = re.sub(r"\{\{.*?\}\}+", customer, text)
    if asked := re.search(r"/v1/publications/create\?(\S+)", filled):
        return dict(parse_qsl(asked[1]))
    if key == "braze":
        (form,) = re.findall(r":body (\S+)", filled)
        return dict(parse_qsl(form))
    (body,) = re.findall(r'\{"campaign".*?"\}', filled, re.DOTALL)
    found: dict[str, Any] = json.loads(body)
    return found


def sign_in(auth: str, made: Made) -> dict[str, str]:
    if auth == "basic":
        return {"Authorization": f"Basic {base64.b64encode(f'{made.key.app_id}:{made.token}'.encode()).decode()}"}
    return {"X-App-Id": str(made.key.app_id), "X-App-Token": made.token}


def people(session: Session, campaign: Campaign, *ids: str) -> None:
    now = campaign.created_at
    session.add_all(Customer(id=new_id(), source_id=id, typed_name=id, created_at=now, updated_at=now) for id in ids)
    session.flush()


@pytest.mark.parametrize("provider", PULLING, ids=lambda p: p.key)
def test_a_snippet_gives_each_customer_one_code(client: Browser, session: Session, provider: Any) -> None:
    campaign = a_campaign(session)
    people(session, campaign, "c1", "c2")
    made = make(session, SYSTEM, provider.name, platform=provider.key if provider.pull.verb == "GET" else "")
    (snippet,) = (one for one in for_campaign(outside(Prefix.CAMPAIGN, campaign.id), URL) if one.name == provider.name)
    assert f"{URL}/v1/publications" in snippet.text
    assert provider.pull.identifier in snippet.text
    assert "[[" not in snippet.text

    def code(customer: str) -> str:
        body = said_by(provider.key, snippet.text, customer)
        headers = sign_in(provider.pull.auth, made)
        if provider.pull.verb == "GET":
            answer = client.get("/v1/publications/create", query_string=body, headers=headers)
        else:
            path = "/v1/publications?cache_id=x" if provider.key == "braze" else "/v1/publications"
            answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json["voucher"]["code"])

    assert code("c1") == code("c1") != code("c2")


def test_braze_asks_by_an_address_of_each_customer() -> None:
    (braze,) = (one for one in for_campaign("camp_1", URL) if one.name == "Braze")

    assert "?cache_id={{src" in braze.text
    assert "{% assign src = {{campaign.${api_id}}} | append: {{${user_id}}} %}" in braze.text
    assert ":content_type application/json" in braze.text
    assert ":retry" in braze.text
    assert braze.timeout == 2
