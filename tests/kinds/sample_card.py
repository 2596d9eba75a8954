"""A card with stamps: every use gives one, and a full card brings something free. It is found as other kinds of campaigns are.

Nothing else in the project knows it: this module, its template beside it, and nothing more. What its hooks were told lies here.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from domain.incentives.campaigns import code_terms
from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.kinds.contract import CampaignKind, KindField, KindWords, Worth
from domain.incentives.codes import pool
from domain.incentives.codes.uses import CodeUse, RecordedUse, record_uses
from domain.tables.incentives import Campaign, Voucher

PUBLISHED: list[uuid.UUID] = []
REDEEMED: list[CodeUse] = []
DISCARDED: list[str] = []


def forget() -> None:
    for kept in (PUBLISHED, REDEEMED, DISCARDED):
        kept.clear()


def _mistakes(session: Session, draft: Draft) -> Iterator[tuple[str, str]]:
    if not 1 <= (draft.settings["stamps"] or 0) <= 50:
        yield "stamps", "A card has 1 to 50 stamps."
    if not draft.settings["brings"]:
        yield "brings", "Write what a full card brings, such as coffee."
    yield from code_terms.mistakes(draft)


def _worth(campaign: Campaign, voucher: Voucher | None) -> Worth:
    missing = campaign.settings["stamps"] - (voucher.redeemed if voucher else 0)
    brings = campaign.settings["brings"]
    return Worth(f"{missing} stamps to a free {brings}", str(missing), (str(missing), f"stamps to a free {brings}"))


def _facts(campaign: Campaign) -> Mapping[str, str]:
    return {"discount": _worth(campaign, None).words}


def _api_shape(campaign: Campaign, voucher: Voucher | None) -> dict[str, Any]:
    return {"loyalty_card": {"points": campaign.settings["stamps"], "balance": voucher.redeemed if voucher else 0}}


def _published(session: Session, publications: Sequence[uuid.UUID]) -> None:
    PUBLISHED.extend(publications)


def _redeem(session: Session, campaign: Campaign, uses: Sequence[CodeUse], file_id: uuid.UUID | None) -> Sequence[RecordedUse]:
    REDEEMED.extend(uses)
    return record_uses(session, campaign, uses, file_id)


def _kept_by(session: Session, campaign: Campaign) -> str:
    return "Its paper cards lie in the shop." if campaign.settings["brings"] == "paper" else ""


def _discard(session: Session, campaign: Campaign) -> None:
    DISCARDED.append(campaign.name)
    pool.discard(session, campaign)


KIND = CampaignKind(
    key="sample_card",
    label="Stamp cards",
    about="Every visit gives a stamp; a full card brings something free.",
    icon="ticket-check",
    position=90,
    words=KindWords(new="New stamp card", make="Make the cards", edit="Change", save="Save the cards", saved="The cards are saved."),
    example={"name": "Ten coffees", "stamps": "10", "brings": "coffee", "prefix": "CARD-", "count": "3"},
    asks=("dates", "codes"),
    fields=(
        KindField("stamps", "Stamps on a card", "A use in the shop gives one.", number=True),
        KindField("brings", "What a full card brings"),
    ),
    promised=("settings",),
    worth_field="stamps",
    mistakes=_mistakes,
    worth=_worth,
    phrases=lambda campaign: [_worth(campaign, None).words],
    facts=_facts,
    campaign_type="LOYALTY_PROGRAM",
    voucher_type="LOYALTY_CARD",
    api_shape=_api_shape,
    published=_published,
    redeem=_redeem,
    kept_by=_kept_by,
    discard=_discard,
)
