"""Every kind of campaign, asked the same: made, listed, changed, given, used and deleted through the doors that people and shops use."""

import ast
import datetime
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import Spec
from domain.distributions.plan import check_channels
from domain.distributions.plan.plan import Plan
from domain.distributions.preview.values import dummy, shared_values, values_for
from domain.incentives.campaigns.edit import OPEN
from domain.incentives.campaigns.kinds.catalogue import campaign_kind, campaign_kinds, keys_with_codes, keys_with_pool
from domain.incentives.campaigns.kinds.contract import BLOCKS, CampaignKind
from domain.incentives.campaigns.sentence import about
from domain.incentives.codes.uses import CodeUse
from domain.incentives.ledger.publish import NotPublished, publish
from domain.insight.customers import holdings
from domain.kernel.base import Prefix, outside
from domain.messages.variables import VARIABLES
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Voucher
from domain.triggers.checks import campaign_closed
from domain.workspace.api_keys.create import Made
from tests.domain.incentives.campaigns.conftest import KEYS, THROW_AWAY
from tests.domain.incentives.given import one
from tests.journeys.installation import ROOT
from tests.webapp.conftest import Browser
from tests.webapp.test_campaigns import at, words, work
from webapp.campaigns import forms
from webapp.campaigns.forms import CampaignForm
from webapp.campaigns.own_pages import own_pages

REFERENCE_TYPES = {"LOYALTY_PROGRAM", "GIFT_VOUCHERS", "DISCOUNT_COUPONS", "PROMOTION", "REFERRAL_PROGRAM"}
TABLES = (
    "campaigns",
    "vouchers",
    "pool_deltas",
    "pool_counts",
    "promotion_tiers",
    "rules",
    "code_files",
    "redemptions",
    "rule_assignments",
)

NOT_ASKED = (("validity", "valid_days", 30), ("redemption_limit", "redemption_limit", 5), ("metadata", "details", {"season": "autumn"}))
"""What a campaign may have although its form does not ask: it is kept when the form is saved."""

with_codes = pytest.mark.parametrize("kind", [*keys_with_codes(), THROW_AWAY], indirect=True)
without_codes = pytest.mark.parametrize("kind", sorted(set(KEYS) - set(keys_with_codes())), indirect=True)
pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def campaign(kind: CampaignKind, ann: Browser, session: Session) -> Campaign:
    """One of this kind, made by Ann through its page, its codes made too."""
    response = ann.post(f"/campaigns/new-{kind.key}", data=dict(kind.example) | {"currency": "EUR"})
    assert response.status_code == 303, words(response)
    assert ann.get(response.location).status_code == 200
    work(session)
    return session.scalars(select(Campaign)).one()


def test_what_it_says_of_itself_fits_together(kind: CampaignKind) -> None:
    own = {one.key for one in kind.fields}

    assert set(kind.asks) <= set(BLOCKS)
    assert len(set(kind.asks)) == len(kind.asks)
    assert set(kind.promised) <= {*OPEN, "segment_id"}
    assert not own & set(dir(CampaignForm)), "its own fields stand beside those that every form has"
    assert bool(kind.promised) == bool(kind.worth_field)
    assert kind.campaign_type in REFERENCE_TYPES
    assert bool(kind.voucher_type) == kind.has_codes
    assert (kind.key in keys_with_codes()) == kind.has_codes
    assert (kind.key in keys_with_pool()) == (kind.has_codes and kind.has_pool)
    assert "name" in kind.example


def test_kinds_are_told_apart() -> None:
    kinds = campaign_kinds()

    for said in ("key", "label", "about", "position"):
        assert len({getattr(kind, said) for kind in kinds}) == len(kinds), said
    assert set(forms.BLOCKS) == set(forms.READ) == set(BLOCKS)


def test_its_page_offers_what_it_asks_and_the_list_offers_its_page(kind: CampaignKind, ann: Browser) -> None:
    page = ann.get(f"/campaigns/new-{kind.key}")

    assert page.status_code == 200
    assert kind.words.new in words(page)
    assert kind.words.make in words(page)
    asked = {name for block in kind.asks for name in forms.BLOCKS[block]} | {one.key for one in kind.fields}
    assert [name for name in asked if f'name="{name}"' not in page.text] == []
    assert [one.key for one in kind.fields if f'placeholder="{kind.example[one.key]}"' not in page.text] == []
    assert kind.label in words(ann.get(f"/campaigns?kind={kind.key}"))
    assert kind.words.new in words(ann.get("/campaigns"))


def test_an_empty_form_comes_back_with_the_remedy_beside_the_field(kind: CampaignKind, ann: Browser, session: Session) -> None:
    response = ann.htmx(f"/campaigns/new-{kind.key}", {"currency": "EUR", "name": ""})

    assert response.status_code == 422
    assert "Give the campaign a name" in words(response)
    assert one(session, "SELECT count(*) FROM campaigns") == 0


def test_it_is_listed_with_its_sentence_changed_and_deleted(kind: CampaignKind, campaign: Campaign, ann: Browser, session: Session) -> None:
    sentence = about(session, campaign)
    assert sentence.casefold().startswith(kind.phrases(campaign)[0].casefold())
    assert sentence.endswith(".")
    listed = words(ann.get(f"/campaigns?kind={kind.key}"))
    assert campaign.name in listed
    assert sentence in listed
    assert campaign.name not in words(ann.get(f"/campaigns?kind={next(key for key in KEYS if key != kind.key)}"))

    page = ann.get(f"{at(campaign)}/edit")
    assert f"{kind.words.edit} {campaign.name}" in words(page)
    assert kind.words.save in words(page)
    for block, name, value in NOT_ASKED:
        if block not in kind.asks:
            setattr(campaign, name, value)
    before = {name: getattr(campaign, name) for name in (*OPEN, "pattern", "charset")}
    changed = dict(kind.example) | {"name": "Another name", "currency": "EUR", "row_version": str(campaign.row_version)}
    assert ann.post(f"{at(campaign)}/edit", data=changed).status_code == 303
    session.refresh(campaign)
    assert campaign.name == "Another name"
    assert {name: getattr(campaign, name) for name in before} == before
    assert kind.words.saved in words(ann.get(at(campaign)))

    assert ann.post(f"{at(campaign)}/delete").location == "/campaigns"
    assert {table: one(session, f"SELECT count(*) FROM {table}") for table in TABLES} == dict.fromkeys(TABLES, 0)


@with_codes
def test_a_code_of_it_is_somebodys_and_says_what_it_is_worth(
    kind: CampaignKind, campaign: Campaign, ann: Browser, session: Session, dina: Customer
) -> None:
    worth = kind.worth(campaign, None)
    assert campaign_closed(session, campaign) == ""
    assert campaign in holdings.givable(session)

    given = publish(session, campaign.id, dina.id)

    voucher = session.get_one(Voucher, given.voucher_id)
    (held,) = holdings.tickets(session, dina.id)
    assert (held.voucher, held.worth, held.kind) == (voucher, kind.worth(campaign, voucher), "")
    assert worth.parts[0] in words(ann.get(f"/customers/{outside(Prefix.CUSTOMER, dina.id)}"))
    code = words(ann.get(f"{at(campaign)}/codes/{outside(Prefix.VOUCHER, voucher.id)}"))
    assert all(part in code for part in worth.parts)


@with_codes
def test_messages_know_what_a_code_of_it_is_worth(kind: CampaignKind, campaign: Campaign, session: Session, dina: Customer) -> None:
    plan = Plan(trigger="manual", action="codes", channels=(), campaign_id=campaign.id)

    said = values_for(shared_values(session, plan), dina, dummy(campaign))["voucher"]

    facts = kind.facts(campaign)
    assert {f"voucher.{name}" for name in facts} <= {variable.path for variable in VARIABLES}
    assert {name: said[name] for name in facts} == facts
    spec = Spec(trigger="manual", action="codes", campaign_id=campaign.id)
    offered = {one.path for one in check_channels.known(session, spec)}
    assert "discount" in facts, "messages begin with it"
    assert {one.path for one in VARIABLES if one.by_kind} & offered == {f"voucher.{name}" for name in facts} - {"voucher.discount"}
    assert said["code"] == campaign.pattern.replace("#", "X")


@with_codes
def test_the_shop_is_told_of_its_codes_in_the_shape_of_its_kind(
    kind: CampaignKind, campaign: Campaign, client: Browser, session: Session, dina: Customer, shop_key: Made
) -> None:
    headers = {"X-App-Id": shop_key.key.app_id, "X-App-Token": shop_key.token}
    asked = {"campaign": {"name": campaign.name}, "customer": {"source_id": dina.source_id}}

    published = client.post("/v1/publications", json=asked, headers=headers)
    listed = client.get(f"/v1/customers/{dina.source_id}/redeemables", headers=headers)
    publications = {
        asked: client.get(f"/v1/publications?voucher_type={asked}", headers=headers).json["total"]
        for asked in ("discount", "gift", "loyalty", kind.voucher_type)
    }

    assert published.status_code == 200, published.json
    (row,) = listed.json["data"]
    voucher = session.scalars(select(Voucher).where(Voucher.customer_id == dina.id)).one()
    shape = kind.api_shape(campaign, voucher)
    assert shape
    assert publications == {asked: int(kind.voucher_type.lower().startswith(asked.lower())) for asked in publications}
    for told in (published.json["voucher"], row["redeemable"]["voucher"]):
        assert {name: told[name] for name in shape} == shape
        assert told["type"] == kind.voucher_type
        assert [name for name in ("discount", "gift", "loyalty_card") if told[name] is not None] == list(shape)
    assert (row["campaign_type"], row["voucher_type"]) == (kind.campaign_type, kind.voucher_type)


@with_codes
def test_a_use_in_the_shop_is_counted_once(kind: CampaignKind, campaign: Campaign, ann: Browser, session: Session, dina: Customer) -> None:
    given = publish(session, campaign.id, dina.id)

    for _ in range(2):
        ann.post(f"{at(campaign)}/import-used", data={"pasted": f"{given.code},2026-11-01 12:00,18.40"})
        work(session)

    voucher = session.get_one(Voucher, given.voucher_id, populate_existing=True)
    assert (voucher.redeemed, voucher.redeemed_minor) == (1, 1840)
    assert one(session, "SELECT count(*) FROM events WHERE kind = 'customer.redemption.succeeded'") == 1


@with_codes
def test_what_was_promised_to_a_holder_stays(
    kind: CampaignKind, campaign: Campaign, ann: Browser, session: Session, dina: Customer
) -> None:
    promised = {name: getattr(campaign, name) for name in kind.promised}
    worth = kind.worth(campaign, None)
    publish(session, campaign.id, dina.id)

    other = {name: "7" if typed.isdigit() else typed for name, typed in kind.example.items()}
    response = ann.post(f"{at(campaign)}/edit", data=other | {"currency": "GBP", "row_version": str(campaign.row_version)})

    assert response.status_code == 303, words(response)
    session.refresh(campaign)
    assert {name: getattr(campaign, name) for name in promised} == promised
    assert kind.worth(campaign, None) == worth
    assert "were given" in words(ann.get(f"{at(campaign)}/edit"))
    assert "Its codes were given to customers" in words(ann.get(at(campaign)))


@without_codes
def test_without_codes_nothing_asks_for_one(kind: CampaignKind, campaign: Campaign, ann: Browser, session: Session, dina: Customer) -> None:
    assert kind.no_codes in campaign_closed(session, campaign)
    assert campaign not in holdings.givable(session)
    assert ann.get(f"{at(campaign)}/add").status_code == 404

    with pytest.raises(NotPublished, match=kind.no_codes):
        publish(session, campaign.id, dina.id)


def test_its_template_draws_its_fields_and_its_cells(kind: CampaignKind, app: Flask) -> None:
    with app.app_context():
        macros = app.jinja_env.get_template(f"campaigns/kinds/{kind.key}.html").module

    assert hasattr(macros, "fields")
    if not kind.has_pool:
        assert hasattr(macros, "cells"), "the list shows no pool, so it must be told what to show"
        assert own_pages(kind.key).detail is not None, "the shared page shows a pool"


@pytest.mark.parametrize("key", KEYS)
def test_its_section_stands_in_the_documentation(key: str) -> None:
    kind = campaign_kind(key)
    page = (ROOT / "docs" / "using" / "campaigns.md").read_text()

    assert f"\n## {kind.label}\n" in page
    section = page.split(f"\n## {kind.label}\n")[1].split("\n## ")[0]
    assert len(section) > 200, "says too little to choose it by"


@pytest.mark.parametrize("key", KEYS)
def test_a_kind_is_named_by_its_module_and_knows_no_other(key: str) -> None:
    path = ROOT / "domain" / "incentives" / "campaigns" / "kinds" / f"{key}.py"
    imported = {node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}

    assert {name for name in imported if ".kinds" in name} == {"domain.incentives.campaigns.kinds.contract"}


def test_a_kind_that_was_just_added_hears_of_its_own_codes_alone(
    sample_card: ModuleType, ann: Browser, session: Session, dina: Customer
) -> None:
    others = dict(campaign_kind("discount").example) | {"currency": "EUR"}
    cards = dict(sample_card.KIND.example) | {"currency": "EUR"}
    for key, form in (("discount", others), ("sample_card", cards)):
        ann.post(f"/campaigns/new-{key}", data=form)
    work(session)
    discount, card = session.scalars(select(Campaign).order_by(Campaign.id)).all()

    publish(session, discount.id, dina.id)
    stamped = publish(session, card.id, dina.id)
    ann.post(f"{at(card)}/import-used", data={"pasted": f"{stamped.code},2026-11-01 12:00"})
    work(session)

    assert list(sample_card.PUBLISHED) == [stamped.publication_id]
    noon = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
    assert list(sample_card.REDEEMED) == [CodeUse(stamped.voucher_id, noon, 0)]
    held = {ticket.campaign.id: ticket.worth.words for ticket in holdings.tickets(session, dina.id)}
    assert held[card.id] == "9 stamps to a free coffee"


def test_a_kind_that_was_just_added_says_what_is_wrong_and_why_it_is_kept(sample_card: ModuleType, ann: Browser, session: Session) -> None:
    form = dict(sample_card.KIND.example) | {"currency": "EUR"}
    wrong = ann.htmx("/campaigns/new-sample_card", form | {"stamps": "0", "brings": ""})
    unread = ann.htmx("/campaigns/new-sample_card", form | {"stamps": "ten"})
    assert "A card has 1 to 50 stamps." in words(wrong)
    assert "Write what a full card brings, such as coffee." in words(wrong)
    assert "Write a whole number." in words(unread)

    ann.post("/campaigns/new-sample_card", data=form | {"brings": "paper"})
    work(session)
    card = session.scalars(select(Campaign)).one()
    ann.post(f"{at(card)}/delete")
    assert "Its paper cards lie in the shop." in words(ann.get(at(card)))
    assert list(sample_card.DISCARDED) == []

    card.settings = {"stamps": 10, "brings": "coffee"}
    ann.post(f"{at(card)}/delete")
    assert list(sample_card.DISCARDED) == ["Ten coffees"]
