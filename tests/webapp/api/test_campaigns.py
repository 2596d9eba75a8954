"""Campaigns through the official Python client: made, read, changed, switched, deleted; a key of one makes no other."""

from typing import Any

import pytest
import voucherify
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.ledger.publish import publish
from domain.kernel.actor import SYSTEM
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign
from domain.workspace.api_keys.create import Made, make
from tests.webapp.api import official
from tests.webapp.api.given import a_campaign, headers
from tests.webapp.conftest import Browser


@pytest.fixture
def campaigns(client: Browser, key: Made) -> Any:
    return voucherify.CampaignsApi(official.client(client, key))


AUTUMN: dict[str, Any] = {
    "name": "Autumn",
    "campaign_type": "DISCOUNT_COUPONS",
    "type": "STATIC",
    "join_once": True,
    "start_date": "2026-01-01T00:00:00.000Z",
    "vouchers_count": 3,
    "voucher": {
        "type": "DISCOUNT_VOUCHER",
        "discount": {"type": "PERCENT", "percent_off": 10},
        "redemption": {"quantity": 10},
        "code_config": {"pattern": "10OFF-#######"},
    },
    "activity_duration_after_publishing": "P24D",
    "metadata": {"region": "AMER"},
}


def sent(**facts: Any) -> Any:
    return voucherify.CampaignsCreateRequestBody.from_dict(AUTUMN | facts)


def test_a_campaign_is_made_as_the_reference_makes_it(campaigns: Any) -> None:
    made = campaigns.create_campaign(sent())

    assert (made.name, made.campaign_type, made.type, made.join_once) == ("Autumn", "DISCOUNT_COUPONS", "STATIC", True)
    assert (made.voucher.discount.percent_off, made.voucher.redemption.quantity, made.voucher.code_config.pattern) == (
        10,
        10,
        "10OFF-#######",
    )
    assert (made.vouchers_generation_status, made.activity_duration_after_publishing) == ("IN_PROGRESS", "P24D")
    assert campaigns.get_campaign("Autumn").id == made.id
    listed = campaigns.list_campaigns(campaign_type="DISCOUNT_COUPONS")
    assert ([one.id for one in listed.campaigns], listed.total) == ([made.id], 1)
    assert campaigns.list_campaigns(campaign_type="PROMOTION").total == 0


def test_promotions_are_a_campaign_without_codes(client: Browser, key: Made) -> None:
    made = client.post("/v1/campaigns", json={"name": "Bread week", "campaign_type": "PROMOTION"}, headers=headers(key)).json

    assert (made["campaign_type"], made["voucher"], made["vouchers_count"]) == ("PROMOTION", None, 0)


def test_what_is_left_out_stays(campaigns: Any) -> None:
    made = campaigns.create_campaign(sent())

    campaigns.update_campaign(made.id, voucherify.CampaignsUpdateRequestBody(description="New", metadata={"till": 3}))

    now = campaigns.get_campaign(made.id)
    assert (now.description, now.metadata, now.activity_duration_after_publishing) == ("New", {"region": "AMER", "till": 3}, "P24D")
    assert (now.join_once, now.start_date) == (True, made.start_date)


def test_it_is_switched_gets_more_codes_and_is_deleted(campaigns: Any, client: Browser, key: Made, session: Session) -> None:
    one = a_campaign(session)
    campaigns.disable_campaign(one.name)
    assert not campaigns.get_campaign(one.name).active
    campaigns.enable_campaign(one.name)
    assert campaigns.get_campaign(one.name).active

    more = campaigns.add_vouchers_to_campaign(a_campaign(session, "More").name, 2)
    gone = campaigns.delete_campaign(one.name)

    actions = voucherify.AsyncActionsApi(official.client(client, key))
    assert actions.get_async_action(more.async_action_id).type == "CAMPAIGN.VOUCHERS_GENERATE"
    assert actions.get_async_action(gone.async_action_id).type == "CAMPAIGN.VOUCHERS_DELETE"
    assert session.scalars(select(Campaign.name)).all() == ["More"]


def test_what_was_promised_and_given_stays(campaigns: Any, session: Session, dina: Customer) -> None:
    publish(session, a_campaign(session).id, dina.id, "news")

    worth = {"discount": {"type": "PERCENT", "percent_off": 50}}
    with pytest.raises(voucherify.exceptions.BadRequestException, match=r"voucher\.discount: Codes were given already"):
        campaigns.update_campaign("Autumn 15 %", voucherify.CampaignsUpdateRequestBody.from_dict(worth))
    with pytest.raises(voucherify.exceptions.BadRequestException, match="what was given is kept"):
        campaigns.delete_campaign("Autumn 15 %")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"name": ""}, "name: Give the campaign a name"),
        ({"campaign_type": "LOYALTY_PROGRAM"}, "campaign_type may be"),
        ({"type": "STANDALONE"}, "type may be"),
        ({"voucher": {"discount": {"type": "PERCENT", "percent_off": 101}}}, "voucher.discount: "),
        ({"voucher": {"discount": {"type": "AMOUNT"}}}, "voucher.discount.amount_off is a number"),
        ({"voucher": {"discount": {"type": "AMOUNT", "amount_off": 1.5}}}, "voucher.discount.amount_off is a whole number"),
        ({"start_date": "soon"}, "start_date is a date and time"),
        ({"start_date": "2026-02-01", "expiration_date": "2026-01-01"}, "expiration_date: The end lies before"),
        ({"activity_duration_after_publishing": "P1M"}, "is a number of days"),
        ({"vouchers_count": 10**12}, "vouchers_count: "),
        ({"metadata": {"a": [1]}}, "metadata.a: "),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(client: Browser, key: Made, session: Session, facts: dict[str, Any], said: str) -> None:
    answer = client.post("/v1/campaigns", json=AUTUMN | facts, headers=headers(key))

    assert answer.status_code == 400, answer.json
    assert said in answer.json["details"]
    assert session.scalars(select(Campaign.id)).all() == []


def test_a_key_of_one_campaign_sees_it_and_makes_no_other(client: Browser, session: Session) -> None:
    one, other = a_campaign(session, "One"), a_campaign(session, "Other")
    bound = headers(make(session, SYSTEM, "bound", campaigns=[one.id]))

    assert [c["name"] for c in client.get("/v1/campaigns", headers=bound).json["campaigns"]] == ["One"]
    assert client.get(f"/v1/campaigns/{other.name}", headers=bound).status_code == 404
    assert client.delete(f"/v1/campaigns/{other.name}", headers=bound).status_code == 404
    assert client.post("/v1/campaigns", json=AUTUMN, headers=bound).status_code == 403
