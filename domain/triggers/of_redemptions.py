"""What do the triggers of redemptions say alike? What messages know of the redemption, its order and its code."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from domain.triggers import checks
from domain.triggers.contract import Choices, EventVariable, Occurrence, Subject

VARIABLES = (
    EventVariable("redemption.discount", "redemption, what was taken off"),
    EventVariable("redemption.total", "redemption, order after discounts"),
    EventVariable("order.number", "order, number", fallback="your order"),
    EventVariable("order.total", "order, total", fallback="your order"),
    EventVariable("order.amount", "order, total as a number", fallback="0"),
)
SAMPLE = {
    "redemption": {"id": "r_0192c4a1", "discount": "€4.50", "total": "€25.50", "tier": "", "failure": ""},
    "order": {"id": "ord_0192c4a1", "number": "1001", "amount": "25.50", "total": "€25.50"},
}


def campaign(chosen: Choices) -> Subject | None:
    """The campaign whose codes or promotions start it."""
    return Subject("campaign", chosen.trigger_campaign_id) if chosen.trigger_campaign_id else None


def once_key(event: Occurrence) -> str:
    """Each redemption is told once, and each rollback."""
    return f"{event.facts.get('redemption_id', event.id)}:{event.kind.rpartition('.redemption.')[2]}"


def mistakes(session: Session, chosen: Choices) -> Iterator[tuple[str, str]]:
    """What is wrong with the campaign."""
    yield from checks.trigger_campaign(session, chosen, "Choose the campaign whose codes start it.")
