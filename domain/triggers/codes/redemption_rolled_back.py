"""A redemption of a code was taken back."""

from domain.journal.events import EventKind
from domain.triggers import of_redemptions
from domain.triggers.contract import Addresses, Called, Category, Choices, Opening, Phrase, Trigger


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever a redemption of a code of Autumn is rolled back`."""
    named = Phrase(called("campaign", chosen.trigger_campaign_id), "trigger")
    words = (Phrase("whenever a redemption of a code of "), named, Phrase(" is rolled back"))
    return Opening(words, " and the customer agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Redemption rolled back of `, `Autumn`."""
    return "Redemption rolled back of ", called("campaign", chosen.trigger_campaign_id)


TRIGGER = Trigger(
    key="redemption_rolled_back",
    label="Voucher redemption rolled back",
    about="As soon as a redemption is taken back, so that the code can be used again",
    category=Category.CODES,
    icon="rotate-ccw",
    wakes=EventKind.ROLLED_BACK,
    addresses=Addresses.HOLDER,
    asks=("trigger_campaign_id", "catch_up"),
    actions=("message", "redeemed_code"),
    subject=of_redemptions.campaign,
    once_key=of_redemptions.once_key,
    mistakes=of_redemptions.mistakes,
    facts=frozenset({"voucher"}),
    opening=opening,
    brief=brief,
    variables=of_redemptions.VARIABLES,
    sample=of_redemptions.SAMPLE,
)
