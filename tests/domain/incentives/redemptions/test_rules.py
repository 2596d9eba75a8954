"""Rules that are assigned to codes, promotions and campaigns: a no names its leaf, what it saw, and the rule's own words."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.customers.segments import create as segments
from domain.incentives.redemptions.asked import NamedRedeemable, RedemptionAsked
from domain.incentives.redemptions.redeem import redeem, validate
from domain.incentives.rules import change
from domain.incentives.rules.change import RuleDraft
from domain.kernel.actor import SYSTEM
from domain.kernel.base import new_id
from domain.kernel.errors import Refused
from domain.shop.orders.wanted import OrderWanted
from domain.shop.products.items import ItemWanted
from domain.tables.customers import Customer
from domain.tables.incentives import Campaign, Voucher
from domain.tables.redemptions import Rule
from tests.cast import ANN
from tests.domain.incentives.given import a_campaign
from tests.domain.incentives.ledger.test_ledger_under_fire import at_once
from tests.domain.incentives.redemptions.test_at_once import Maker, shop  # noqa: F401 - pytest finds its fixture by this name
from tests.domain.incentives.redemptions.test_redemptions import codes

ORDER = OrderWanted(items=(ItemWanted(price=1500, quantity=2),), metadata={"shop": "Bath", "gift": True})


def leaf(fact: str, is_: str, value: Any = None) -> dict[str, Any]:
    return {"fact": fact, "is": is_, "value": value}


def ruled(session: Session, condition: dict[str, Any], **more: Any) -> tuple[Campaign, Rule]:
    campaign = a_campaign(session, 2)
    rule = change.create(session, ANN, RuleDraft("Only then", condition, **more))
    change.assign(session, ANN, rule, "campaign", campaign.id)
    return campaign, rule


@pytest.mark.parametrize(
    ("condition", "key", "words"),
    [
        (leaf("order.amount", "more_than", 50), "order_rules_violated", "Order, before discounts is more than 50: it is 30"),
        (leaf("order.items", "more_than", 2), "order_rules_violated", "Order, number of pieces is more than 2: it is 2"),
        (leaf("order.dearest", "less_than", 10), "order_rules_violated", "it is 15"),
        (leaf("order.metadata.shop", "is", "York"), "order_rules_violated", "it is bath"),
        (leaf("customer.city", "is", "York"), "customer_rules_violated", "City is york: it is Bristol"),
        (leaf("redemption.metadata.till", "is", 4), "redemption_rules_violated", "it is 3"),
        (leaf("redemption.of_campaign", "more_than", 0), "redemption_rules_violated", "it is 0"),
        ({"all": [leaf("order.amount", "more_than", 20), leaf("customer.city", "is", "York")]}, "customer_rules_violated", "it is Bristol"),
        ({"not": {"any": [leaf("order.metadata.gift", "is", True)]}}, "order_rules_violated", "gift"),
    ],
)
def test_a_rule_that_fails_names_the_leaf_and_what_it_saw(
    session: Session, dina: Customer, condition: dict[str, Any], key: str, words: str
) -> None:
    campaign, _ = ruled(session, condition)
    asked = RedemptionAsked([NamedRedeemable("voucher", codes(session, campaign)[0])], dina.id, ORDER, metadata={"till": 3})
    no = validate(session, asked).judged[0].why_not

    assert no is not None
    assert no.key == key
    assert words.casefold() in no.details.casefold()
    assert no.details.startswith("Only then: ")


def test_the_message_of_the_leaf_counts_before_that_of_the_rule(session: Session, dina: Customer) -> None:
    both = {"all": [leaf("order.amount", "more_than", 20), leaf("order.items", "more_than", 2)]}
    campaign, rule = ruled(session, both, message="Not for you.", messages={"1": "Take three."})
    asked = RedemptionAsked([NamedRedeemable("voucher", codes(session, campaign)[0])], dina.id, ORDER)
    told = validate(session, asked).judged[0].why_not
    change.edit(session, ANN, rule, rule.row_version, RuleDraft("Only then", both, "Not for you."))
    then = validate(session, asked).judged[0].why_not

    assert told is not None
    assert then is not None
    assert (told.told, then.told) == ("Take three.", "Not for you.")


def test_a_rule_may_ask_for_a_segment_and_holds_where_it_fits(session: Session, dina: Customer, eli: Customer) -> None:
    bristol = segments.manual(session, ANN, "Bristol", [dina.id])
    campaign, _ = ruled(session, leaf("segment", "member", str(bristol.id)))
    (code, _) = codes(session, campaign)
    for who, valid in ((dina, True), (eli, False), (None, False)):
        asked = RedemptionAsked([NamedRedeemable("voucher", code)], who.id if who else None)
        assert validate(session, asked).valid is valid


def test_one_rule_holds_for_a_single_code_alone(session: Session, dina: Customer) -> None:
    campaign = a_campaign(session, 2)
    first, second = session.scalars(select(Voucher).where(Voucher.campaign_id == campaign.id)).all()
    rule = change.create(session, ANN, RuleDraft("Big ones", leaf("order.total", "more_than", 100)))
    change.assign(session, ANN, rule, "voucher", first.id)

    valid = [validate(session, RedemptionAsked([NamedRedeemable("voucher", one.code)], order=ORDER)).valid for one in (first, second)]
    assert valid == [False, True]


def test_what_is_no_rule_is_refused_by_field(session: Session) -> None:
    change.create(session, ANN, RuleDraft("Big ones", leaf("order.total", "more_than", 100)))
    wrong: list[tuple[RuleDraft, str]] = [
        (RuleDraft("big  ONES", leaf("order.total", "more_than", 1)), "name"),
        (RuleDraft("", leaf("order.total", "more_than", 1)), "name"),
        (RuleDraft("A", leaf("order.colour", "is", "red")), "rules"),
        (RuleDraft("A", {"all": [leaf("order.total", "more_than", "many")]}), "rules.0"),
        (RuleDraft("A", leaf("order.total", "more_than", 1), message="x" * 301), "message"),
    ]
    for draft, field in wrong:
        with pytest.raises(Refused) as no:
            change.create(session, ANN, draft)
        assert list(no.value.mistakes) == [field]


def test_a_rule_in_use_stays_and_holds_once_for_each_thing(session: Session) -> None:
    campaign, rule = ruled(session, leaf("order.total", "more_than", 100))
    with pytest.raises(Refused, match="already"):
        change.assign(session, ANN, rule, "campaign", campaign.id)
    with pytest.raises(Refused, match="no voucher"):
        change.assign(session, ANN, rule, "voucher", new_id())
    with pytest.raises(Refused, match="Take it away"):
        change.delete(session, ANN, rule)


def test_a_budget_is_a_budget_when_many_redeem_at_once(shop: Maker) -> None:  # noqa: F811 - the fixture
    with shop.begin() as session:
        campaign = a_campaign(session, 20, discount={"type": "amount", "minor": 100})
        rule = change.create(session, SYSTEM, RuleDraft("Three euros in all", leaf("budget.discounts", "less_than", 3)))
        change.assign(session, SYSTEM, rule, "campaign", campaign.id)
        words = list(session.scalars(select(Voucher.code).where(Voucher.campaign_id == campaign.id)))

    def client(code: str) -> str:
        with shop.begin() as session:
            done = redeem(session, SYSTEM, RedemptionAsked([NamedRedeemable("voucher", code)], order=OrderWanted(amount=900)))
            return done.failed.failure if done.failed else "redeemed"

    said = Counter(at_once([lambda code=code: client(code) for code in words]))

    assert said == {"redeemed": 3, "redemption_rules_violated": 17}
