"""Everybody gets one code of a campaign, for ever theirs."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import keys_with_codes
from domain.tables.incentives import Campaign
from domain.triggers import checks
from domain.triggers.contract import Action, Called, Choices

TEXT = """Hello {{ customer.first_name | default: 'there' }},

here is something for you: {{ voucher.discount }}.
Your code: {{ voucher.code }}

See you soon,
{{ brand.name }}"""
SMS = "Hi {{ customer.first_name | default: 'there' }}, {{ voucher.discount }} with {{ voucher.code }}. Reply STOP to opt out"


def phrase(chosen: Choices, called: Called) -> str:
    """`one code of Autumn`."""
    return f"one code of {called('campaign', chosen.campaign_id)}"


def rail(chosen: Choices, called: Called) -> str:
    """`Code of Autumn`."""
    return f"Code of {called('campaign', chosen.campaign_id)}" if chosen.campaign_id else ACTION.label


def mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong with the campaign."""
    if chosen.campaign_id is None:
        yield "campaign_id", "Choose the campaign whose codes are sent."
        return
    campaign = session.get(Campaign, chosen.campaign_id)
    if campaign is None:
        yield "campaign_id", "This campaign was deleted. Choose another one."
    elif refused := checks.campaign_closed(session, campaign):
        yield "campaign_id", refused


def nothing_there(session: Session) -> str:
    """Whether there is a campaign with codes at all."""
    there = session.scalar(select(Campaign.id).where(Campaign.kind.in_(keys_with_codes())).limit(1))
    return "" if there else "There is no campaign with codes yet."


ACTION = Action(
    key="codes",
    label="Send and publish unique codes",
    about="Everybody gets one code of a campaign, for ever theirs",
    icon="ticket",
    place=10,
    asks=("campaign_id", "skip_holders"),
    gives=frozenset({"code", "new_code"}),
    code="pool",
    facts=frozenset({"voucher"}),
    phrase=phrase,
    rail=rail,
    mistakes=mistakes,
    nothing_there=nothing_there,
    remedy=("campaigns", "Make a campaign"),
    payload_type="code.sent",
    starters={
        "email": {"subject": "{{ customer.first_name | default: 'Hello' }}, something for you", "text": TEXT},
        "sms": {"text": SMS},
    },
)
