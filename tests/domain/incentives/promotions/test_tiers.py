"""Promotions with tiers: named, ordered, limited, and kept while a distribution tells about them."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.incentives.campaigns.create import create
from domain.incentives.campaigns.delete import delete as delete_campaign
from domain.incentives.campaigns.draft import Draft
from domain.incentives.promotions import tiers
from domain.incentives.promotions.delete import delete
from domain.incentives.promotions.draft import TierDraft
from domain.incentives.rules.limit import segment_of
from domain.kernel import clock, row_versions
from domain.kernel.errors import Refused
from domain.tables.customers import Segment
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Tier
from domain.tables.redemptions import Rule
from domain.tables.usage import segment_references
from tests.domain.incentives.campaigns.test_campaigns import ANN

TEN = {"type": "percent", "percent": 10}


@pytest.fixture
def bread(session: Session) -> Campaign:
    return create(session, ANN, Draft(name="Bread week", discount=None, currency="EUR", kind="promotion"))


def add(session: Session, campaign: Campaign, name: str, **more: Any) -> Tier:
    return tiers.add(session, ANN, campaign, TierDraft(name, "", more.pop("discount", TEN), **more))


def names(session: Session, campaign: Campaign) -> list[str]:
    return [tier.name for tier in tiers.of_campaign(session, campaign.id)]


def a_segment(session: Session) -> Segment:
    now = clock.now(session)
    segment = Segment(name="VIP", name_key="vip", kind="manual", created_at=now, updated_at=now)
    session.add(segment)
    session.flush()
    return segment


def test_promotions_change_places_and_stop_at_the_ends(session: Session, bread: Campaign) -> None:
    _, rye, oat = (add(session, bread, name) for name in ("Loaf", "Rye", "Oat"))

    assert tiers.move(session, ANN, oat, up=True)
    assert tiers.move(session, ANN, oat, up=True)
    assert not tiers.move(session, ANN, oat, up=True)
    assert not tiers.move(session, ANN, rye, up=False)

    assert names(session, bread) == ["Oat", "Loaf", "Rye"]


def test_a_promotion_needs_a_name_of_its_own_and_a_discount(session: Session, bread: Campaign) -> None:
    add(session, bread, "Rye")
    for name, discount, field in ((" ", TEN, "name"), ("RYE", TEN, "name"), ("Oat", None, "discount_type")):
        with pytest.raises(Refused) as why:
            add(session, bread, name, discount=discount)
        assert set(why.value.mistakes) == {field}


def test_a_promotion_may_be_for_one_segment(session: Session, bread: Campaign) -> None:
    segment = a_segment(session)
    tier = add(session, bread, "Rye", segment_id=segment.id)
    assert segment_of(session, tier) == segment.id
    assert [use.name for use in segment_references.uses_of(session, segment.id)] == ["Rye"]

    tiers.edit(session, ANN, tier, 1, TierDraft("Rye bread", "Come!", TEN))

    assert (tier.name, tier.banner, segment_of(session, tier)) == ("Rye bread", "Come!", None)
    assert segment_references.uses_of(session, segment.id) == []
    with pytest.raises(row_versions.Stale):
        tiers.edit(session, ANN, tier, 1, TierDraft("Rye", "", TEN))


def test_a_promotion_that_a_distribution_tells_about_is_kept(session: Session, bread: Campaign) -> None:
    tier, now = add(session, bread, "Rye", segment_id=a_segment(session).id), clock.now(session)
    row = Distribution(name="Friday", name_key="friday", spec={"tier_id": str(tier.id)}, created_at=now, updated_at=now)
    session.add(row)
    session.flush()
    with pytest.raises(Refused, match="Used by “Friday”"):
        delete(session, ANN, tier)
    with pytest.raises(Refused, match="promotions are used by “Friday”"):
        delete_campaign(session, ANN, bread)
    session.delete(row)
    session.flush()
    other = add(session, bread, "Oat")

    delete(session, ANN, other)
    delete_campaign(session, ANN, bread)

    assert session.query(Tier).count() == session.query(Rule).count() == 0


def test_a_promotion_is_switched_off_and_on(session: Session, bread: Campaign) -> None:
    tier = add(session, bread, "Rye")

    tiers.switch(session, ANN, tier, on=False)
    assert not tier.active
    tiers.switch(session, ANN, tier, on=True)
    assert tier.active
