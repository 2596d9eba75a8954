"""What does a message look like to somebody who may not see codes? As rendered with a dummy code, no pictures, and dead links.

Filters and conditions can show a code in any shape, so nothing is searched and replaced. What is nothing but a variable about the customer,
the brand or the like stays as it was sent; everything else is made anew from values in which there is nothing to hide.
"""

from typing import Any

from sqlalchemy.orm import Session

from domain.distributions.plan.plan import Plan
from domain.distributions.preview import values as facts
from domain.kernel.base import made_at
from domain.messages.compile import Slot
from domain.messages.message import CompiledMessage
from domain.tables.customers import Customer
from domain.tables.incentives import Voucher
from domain.tables.sending import Delivery, Recipient

HARMLESS = frozenset({"customer", "brand", "campaign", "promotion", "segment", "distribution"})
"""Variables under which no code, and no power to act for a customer, is found."""
NO_CODE = "XXXXXXXX"


def slots(session: Session, delivery: Delivery, plan: Plan, message: CompiledMessage) -> dict[str, str]:
    """The slots of this delivery with nothing to hide in them. Raises TemplateError where it cannot be rendered without its code."""
    stored = delivery.slots or {}
    anew = message.values(_known(session, delivery, plan))
    harmless = {slot.key for part in message.parts.values() for slot in part.slots if _harmless(slot)}
    return {key: stored.get(key, "") if key in harmless else text for key, text in anew.items()}


def _harmless(slot: Slot) -> bool:
    return bool(slot.path) and slot.path[0] in HARMLESS


def _known(session: Session, delivery: Delivery, plan: Plan) -> dict[str, Any]:
    about = facts.shared_values(session, plan, delivery.distribution_id)
    customer = session.get(Customer, delivery.customer_id) or facts.nobody()
    held = None
    if about.campaign is not None:
        recipient = session.get(Recipient, delivery.recipient_id)
        voucher = session.get(Voucher, recipient.voucher_id) if recipient and recipient.voucher_id else None
        dummy = facts.dummy(about.campaign).code
        held = facts.CarriedCode(None, dummy, voucher.expires_at if voucher else None, voucher.assigned_at if voucher else None)
    known = facts.values_for(about, customer, held, happened=made_at(delivery.recipient_id))
    known |= _without_codes(facts.event_values(session, plan, [delivery.recipient_id]).get(delivery.recipient_id, {}))
    return {"voucher": {"code": NO_CODE}} | facts.with_dead_links(known, about.public_url)


def _without_codes(event: Any) -> Any:
    """What the event brought, such as an order; a code in it is none of the viewer's business."""
    if isinstance(event, dict):
        return {name: NO_CODE if "code" in name else _without_codes(value) for name, value in event.items()}
    return [_without_codes(item) for item in event] if isinstance(event, list) else event
