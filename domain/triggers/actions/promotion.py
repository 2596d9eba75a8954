"""People are told about one tier of a promotion; no code is needed."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.tables.incentives import Campaign, Tier
from domain.triggers.contract import Action, Called, Choices

TEXT = """Hello {{ customer.first_name | default: 'there' }},

{{ promotion.banner | default: promotion.name }}: {{ promotion.discount }}.

See you soon,
{{ brand.name }}"""


def phrase(chosen: Choices, called: Called) -> str:
    """`news of the promotion Early bird`."""
    return f"news of the promotion {called('promotion', chosen.tier_id)}"


def rail(chosen: Choices, called: Called) -> str:
    """`Promotion Early bird`."""
    return f"Promotion {called('promotion', chosen.tier_id)}" if chosen.tier_id else ACTION.label


def mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong with the tier, or with the promotion it belongs to."""
    if chosen.tier_id is None:
        yield "tier_id", "Choose the promotion people are told about."
        return
    tier = session.get(Tier, chosen.tier_id)
    if tier is None:
        yield "tier_id", "This promotion was deleted. Choose another one."
        return
    campaign = session.get(Campaign, tier.campaign_id)
    now = clock.now(session)
    if not tier.active or campaign is None or not campaign.active:
        yield "tier_id", f"“{tier.name}” is switched off. Activate it, or choose another promotion."
    elif any(end is not None and end <= now for end in (tier.ends_at, campaign.ends_at)):
        yield "tier_id", f"“{tier.name}” has ended. Choose another promotion or give it a later end."


def nothing_there(session: Session) -> str:
    """Whether there is a promotion at all."""
    return "" if session.scalar(select(Tier.id).limit(1)) else "There is no promotion yet."


ACTION = Action(
    key="promotion",
    label="Notify about a promotion",
    about="Tells about one tier of a promotion; no code is needed",
    icon="megaphone",
    place=20,
    asks=("tier_id",),
    gives=frozenset({"promotion"}),
    facts=frozenset({"promotion"}),
    phrase=phrase,
    rail=rail,
    mistakes=mistakes,
    nothing_there=nothing_there,
    remedy=("campaigns", "Make a promotion"),
    payload_type="promotion.announced",
    starters={
        "email": {"subject": "{{ promotion.name }}", "text": TEXT},
        "sms": {"text": "{{ promotion.name }}: {{ promotion.discount }}. Reply STOP to opt out"},
    },
)
