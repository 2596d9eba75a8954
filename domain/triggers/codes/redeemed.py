"""A code of a campaign was redeemed."""

from domain.journal.events import EventKind
from domain.triggers import of_redemptions
from domain.triggers.contract import Addresses, Called, Category, Choices, Opening, Phrase, Trigger


def opening(chosen: Choices, called: Called, people: str) -> Opening:
    """`whenever somebody redeems a code of Autumn`."""
    named = Phrase(called("campaign", chosen.trigger_campaign_id), "trigger")
    return Opening((Phrase("whenever somebody redeems a code of "), named), " and agreed to ", ", they get ")


def brief(chosen: Choices, called: Called) -> tuple[str, str]:
    """`Redeems a code of `, `Autumn`."""
    return "Redeems a code of ", called("campaign", chosen.trigger_campaign_id)


TRIGGER = Trigger(
    key="redeemed",
    label="Voucher redeemed",
    about="As soon as a code of a campaign is redeemed",
    category=Category.CODES,
    icon="shopping-bag",
    wakes=EventKind.REDEEMED,
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
