"""Whatever is typed into any form or filter of ours, the answer is a page: nothing that a browser can send breaks one.

Addresses are found in the map of the application, names of fields in the pages, forms and sources of each area.
"""

import importlib
import io
import pkgutil
import random
import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.fields.core import UnboundField

import webapp
from domain.customers.consents import links as unsubscribe_links
from domain.kernel.base import Prefix, outside
from domain.tables.incentives import Voucher
from domain.tables.journal import Notice
from domain.tables.workspace import ApiKey
from domain.workspace.people import one_time_links
from domain.workspace.templates import keep
from integrations import catalogue
from tests.journeys.installation import ROOT
from tests.scenes import ANN, Scene
from tests.webapp.conftest import Browser, add_user
from webapp import create_app, forms
from webapp.distributions.wizard.step_form import IdField

REFUSED = {"NUL": "a\0b", "bell": "a\ab", "vertical tab": "a\vb", "C1": "a\x85b"}
HARD = {
    "half a character": "a\ud800b",
    "line ends": "a\r\nb\rc",
    "long": "x" * 5_000,
    "long beyond letters": "".join(chr(0x20000 + n * 7919 % 40_000) for n in range(3_000)),
    "large number": "9" * 25,
    "larger than an int": "2147483648",
    "no end of digits": "9" * 5_000,
    "negative": "-1",
    "infinite": "1e999",
    "not a number": "NaN",
    "superscript": "²",
    "other digits": "٣",
    "tag left open": "{{ voucher.code",
    "joiners and marks": "a\u200db\ufe0f\u202ec",
    "no such day": "2026-02-30",
    "the last day": "9999-12-31",
    "no such id": str(uuid.UUID(int=0)),
    "an id of ours": "camp_" + "0" * 32,
    "array": '[{"a": 1}]',
    "percent": "%s%(x)s%00",
    "bracket": "https://[",
}
MIXED = 6
"""Posts to each address in which every field holds a value of its own."""
OTHERS = {"api", "receipts", "static"}
"""Programs that show a key, and providers, are asked by tests of their own."""


@cache
def application() -> Flask:
    return create_app(SQLALCHEMY_DATABASE_URI="postgresql+psycopg://")


def addresses(method: str) -> list[Any]:
    rules = [rule for rule in application().url_map.iter_rules() if method in (rule.methods or ())]
    return [pytest.param(r.endpoint, r.rule, id=f"{r.endpoint} {r.rule}") for r in rules if r.endpoint.partition(".")[0] not in OTHERS]


@pytest.fixture
def things(session: Session, ada: Browser, uploads: Path) -> dict[str, Any]:
    """Something real for every name that stands in an address: by area, or by area and name where there are several."""
    scene = Scene(session)
    live, draft, tier = scene.live(), scene.draft(scene.codes_to_segment(), "Draft"), scene.tier()
    campaign, cy = scene.campaign("Of the test"), add_user(session, "Cy Young", "viewer")
    voucher = session.scalars(select(Voucher).where(Voucher.campaign_id == campaign.id)).first()
    assert voucher is not None
    key = scene.add(ApiKey(name="Shop", app_id="app", token_digest="digest", verbs=["read"]))
    notice = scene.add(Notice(kind="late", subject="distr_1", title="Late"))
    uploaded = ada.post("/customers/imports", data={"file": (io.BytesIO(b"id,name,email\n1,Dina,d@x.example\n"), "a.csv")})
    ordered = ada.post("/orders/imports", data={"file": (io.BytesIO(b"order,email,date\n1,d@x.example,2025-01-02\n"), "o.csv")})
    template = keep.create(session, ANN, keep.MAIL, "Of the test", {"way": "blocks", "blocks": "{}"})
    smtp = scene.connection("SMTP", "smtp", config={"host": "a.example", "port": "25", "security": "none"})
    return {
        "account": uuid.UUID(int=1),
        "api_keys": key.id,
        "auth": one_time_links.make(session, cy, "reset").rpartition("/")[2],
        "campaigns": campaign.id,
        "campaigns promotion": tier.campaign_id,
        "campaigns tier_id": tier.id,
        "campaigns voucher_id": voucher.id,
        "connections": outside(Prefix.CONNECTION, smtp.id),
        "connections key": "smtp",
        "customers": outside(Prefix.CUSTOMER, scene.dina.id),
        "customers import": uploaded.headers["Location"].split("/")[3],
        "distributions": outside(Prefix.DISTRIBUTION, draft.id),
        "distributions key": "c1",
        "distributions step": "channels",
        "home": notice.id,
        "mail_templates": outside(Prefix.TEMPLATE, template.id),
        "mail_templates key": "welcome",
        "orders import": ordered.headers["Location"].split("/")[3],
        "people": cy.id,
        "permissions": outside(Prefix.PERMISSION, scene.offers.id),
        "project": scene.sender.id,
        "reports": outside(Prefix.DISTRIBUTION, live.id),
        "segments": outside(Prefix.SEGMENT, scene.segment("Two", scene.dina).id),
        "unsubscribe": unsubscribe_links.unsubscribe_url("", scene.dina.id, scene.offers.id).rpartition("/")[2],
    }


def path_of(endpoint: str, rule: str, things: dict[str, Any]) -> str:
    """The address with something real in it; a step or a key that nobody named stands for itself."""
    area = endpoint.partition(".")[0]
    values = {}
    for name in re.findall(r"<(?:[^:>]+:)?(\w+)>", rule):
        special = next((word for word in ("import", "promotion") if word in rule and f"{area} {word}" in things), name)
        values[name] = things.get(f"{area} {name}", things.get(f"{area} {special}", things.get(area, "x")))
    with application().test_request_context():
        return application().url_for(endpoint, **values)


@cache
def declared(area: str) -> tuple[str, ...]:
    """Names of fields that the forms and the sources of an area read."""
    package = importlib.import_module(f"webapp.{area}") if area in webapp.areas() else None
    if package is None:
        return ()
    names: set[str] = set()
    for module in pkgutil.walk_packages(package.__path__, f"webapp.{area}."):
        loaded = importlib.import_module(module.name)
        kinds = [one for one in vars(loaded).values() if isinstance(one, type) and issubclass(one, forms.Form)]
        names.update(name for kind in kinds for name in dir(kind) if isinstance(getattr(kind, name), UnboundField))
        source = Path(str(loaded.__file__)).read_text()
        names.update(re.findall(r"(?:form|args|asked|values)(?:\.get|\.getlist)?[\[(]\"([\w-]+)\"", source))
    if area == "connections":
        names.update(f"f_{field.key}" for field in catalogue.provider("smtp").fields)
    return tuple(sorted(names))


def names_and_values(ada: Browser, path: str, area: str) -> dict[str, str]:
    """Fields of the form at this address, with what the page wrote into them, and all the area knows besides."""
    found = dict.fromkeys(declared(area), "")
    answer = ada.get(path)
    if answer.status_code == 200 and answer.mimetype == "text/html":
        for tag in re.findall(r"<(?:input|select|textarea|button)\b[^>]*>", answer.text):
            name, value = re.search(r'\bname="([^"]+)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
            if name:
                found[name[1]] = value[1] if value else ""
    found.pop("csrf_token", None)
    return found


def encoded(values: dict[str, str]) -> str:
    return "&".join(f"{quote(name)}={quote(text, errors='surrogatepass')}" for name, text in values.items())


def trials(fields: dict[str, str], seed: str) -> list[tuple[str, dict[str, str]]]:
    """Every hard value in all fields at once, and mixtures with what the page holds."""
    chance = random.Random(seed)
    hard = {**HARD, **REFUSED}
    every = [(name, dict.fromkeys(fields, text)) for name, text in hard.items()]
    texts = list(HARD.values())
    mixed = [
        (f"mixture {n}", {name: own if chance.random() < 0.6 else chance.choice(texts) for name, own in fields.items()})
        for n in range(MIXED)
    ]
    return [("nothing", {}), ("as the page has it", fields), *every, *mixed]


@pytest.mark.parametrize(("endpoint", "rule"), addresses("POST"))
def test_every_form(endpoint: str, rule: str, ada: Browser, things: dict[str, Any]) -> None:
    path, area = path_of(endpoint, rule, things), endpoint.partition(".")[0]
    fields = names_and_values(ada, path, area)
    broke = []
    for name, values in trials(fields, rule):
        answer = ada.post(path, data=encoded(values), content_type="application/x-www-form-urlencoded")
        answer.close()
        if answer.status_code >= 500:
            broke.append((name, values if name.startswith("mixture") else ""))
        if endpoint in {"auth.sign_out", "account.revoke_everywhere"}:
            break

    assert broke == []


@pytest.mark.parametrize(("endpoint", "rule"), addresses("GET"))
def test_every_filter(endpoint: str, rule: str, ada: Browser, things: dict[str, Any]) -> None:
    path, area = path_of(endpoint, rule, things), endpoint.partition(".")[0]
    fields = names_and_values(ada, path, area)
    broke = [name for name, values in trials(fields, rule) if ada.get(f"{path}?{encoded(values)}").status_code >= 500]

    assert broke == []


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_a_character_that_cannot_be_kept_is_named_with_its_field(text: str, ada: Browser, client: Browser) -> None:
    forms_of_people = {
        "/sign-in": ("email", client, 422),
        "/forgotten": ("email", client, 422),
        "/account": ("name", ada, 422),
        "/account/password": ("old", ada, 422),
        "/settings/people/new": ("name", ada, 422),
    }
    for path, (field, browser, status) in forms_of_people.items():
        answer = browser.post(path, data={field: text})
        assert answer.status_code == status, path
        assert f"“{field}” has " in answer.text, path
    assert ada.get("/customers", query_string={"q": text}).status_code == 400
    assert "“q” has " in ada.get("/customers", query_string={"q": text}).text


def test_line_ends_become_one_and_joiners_stay(ada: Browser, session: Session) -> None:
    data = {"name": "A\u200dB\ufe0f\u200f", "purpose": "News", "wording": "one\r\ntwo\rthree", "channels": "email"}
    assert ada.post("/settings/permissions/new", data=data).status_code == 303
    page = ada.get("/settings/permissions").text
    where = re.search(r"/settings/permissions/perm_\w+", page)
    assert where is not None

    shown = ada.get(where[0]).text
    assert "one\ntwo\nthree" in shown
    assert "A\u200dB\ufe0f\u200f" in shown


def test_a_line_stays_one_line(ada: Browser) -> None:
    answer = ada.post("/settings/people/new", data={"name": "Cy\r\nYoung", "email": "cy@x.example", "role": "viewer"})

    assert answer.status_code == 422
    assert "Leave out line breaks" in answer.text


def test_every_form_stands_on_the_form_of_ours() -> None:
    guilty = [str(path.relative_to(ROOT)) for path in (ROOT / "webapp").rglob("*.py") if re.search(r"\bFlaskForm\b", path.read_text())]

    assert guilty == ["webapp/forms.py"]


def test_a_field_that_reads_something_else_than_text_is_not_measured() -> None:
    class One(forms.Form):
        id = IdField(of=Prefix.CAMPAIGN)

    with application().test_request_context(method="POST", data={"id": "camp_" + "0" * 32}):
        assert One(meta={"csrf": False}).validate()
