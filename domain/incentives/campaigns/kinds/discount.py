"""Unique codes worth a discount: made here or imported, each given to one customer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from domain.incentives import discount
from domain.incentives.campaigns import code_terms
from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.kinds.contract import CampaignKind, KindWords, Worth
from domain.incentives.codes.uses import record_uses
from domain.tables.incentives import Campaign, Voucher


def _mistakes(session: Session, draft: Draft) -> Iterator[tuple[str, str]]:
    if wrong := discount.mistake(draft.discount):
        yield wrong
    yield from code_terms.mistakes(draft)


def _worth(campaign: Campaign, voucher: Voucher | None) -> Worth:
    given = campaign.discount, campaign.currency
    return Worth(discount.in_words(*given), discount.number(*given), discount.two_parts(*given))


def _phrases(campaign: Campaign) -> Sequence[str]:
    return [discount.in_words(campaign.discount, campaign.currency), *code_terms.phrases(campaign)]


def _facts(campaign: Campaign) -> Mapping[str, str]:
    worth = _worth(campaign, None)
    return {"discount": worth.words, "value": worth.number}


def _api_shape(campaign: Campaign, voucher: Voucher | None) -> dict[str, Any]:
    return {"discount": discount.api_shape(campaign.discount)}


KIND = CampaignKind(
    key="discount",
    label="Unique codes",
    about="Everybody gets a code of their own, worth a discount.",
    icon="tickets",
    position=10,
    words=KindWords(new="New campaign", make="Make the campaign"),
    example={"name": "Autumn 15 %", "discount_type": "percent", "percent": "15", "prefix": "RYE-", "length": "8", "count": "20"},
    asks=("worth", "dates", "validity", "segment", "join_once", "redemption_limit", "codes", "alert", "metadata"),
    promised=("discount", "currency"),
    worth_field="discount_type",
    mistakes=_mistakes,
    worth=_worth,
    phrases=_phrases,
    facts=_facts,
    campaign_type="DISCOUNT_COUPONS",
    voucher_type="DISCOUNT_VOUCHER",
    api_shape=_api_shape,
    discount=lambda campaign, voucher: campaign.discount,
    redeem=record_uses,
)
