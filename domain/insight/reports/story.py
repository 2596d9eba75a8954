"""What happened to one delivery, and what exactly did its message say? Rebuilt from its version and its slots."""

import datetime
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.audience import reasons
from domain.distributions.plan.plan import Plan
from domain.distributions.preview import masked
from domain.messages.liquid.places import TemplateError
from domain.messages.message import compile_message
from domain.tables.distributions import Version
from domain.tables.sending import Delivery, DeliveryStep, ProviderCall

WORDS = {
    "pending": "Waits to be prepared",
    "ready": "Waits",
    "leased": "About to be sent",
    "open": "Being sent",
    "polling": "The provider is working on it",
    "accepted": "Accepted by the provider",
    "refused": "Refused",
    "unsure": "Unsure whether it was sent",
    "skipped": "Left out",
    "delivered": "Delivered",
    "bounced": "Bounced",
    "complained": "Marked as spam",
    "again": "Sent again",
}


@dataclass(frozen=True)
class DeliveryStoryLine:
    """One line of the timeline."""

    at: datetime.datetime
    words: str
    detail: str
    step: str
    """The state it came to, or `made`, `prepared`, `opened`, `clicked`."""


def timeline(session: Session, delivery: Delivery) -> list[DeliveryStoryLine]:
    """Everything that happened, the first thing first."""
    lines = [DeliveryStoryLine(delivery.created_at, "Became a recipient", "", "made")]
    if delivery.ready_at:
        words = "Left out" if delivery.state == "skipped" else "Prepared: reasons asked, code reserved, message rendered"
        lines.append(
            DeliveryStoryLine(delivery.ready_at, words, reasons.words(delivery.reason) if delivery.state == "skipped" else "", "prepared")
        )
    steps = session.scalars(select(DeliveryStep).where(DeliveryStep.delivery_id == delivery.id).order_by(DeliveryStep.id)).all()
    lines += [DeliveryStoryLine(s.at, WORDS.get(s.state, s.state), reasons.words(s.reason), s.state) for s in steps]
    if delivery.sent_at and not any(s.state in {"unsure", "polling"} for s in steps):
        theirs = delivery.provider_id or _of_call(session, delivery)
        said = f"Their id: {theirs}" if theirs else ""
        lines.append(DeliveryStoryLine(delivery.sent_at, WORDS["accepted"], said, "accepted"))
    if delivery.opened_at:
        lines.append(DeliveryStoryLine(delivery.opened_at, "Opened", "", "opened"))
    if delivery.clicked_at:
        lines.append(DeliveryStoryLine(delivery.clicked_at, "Clicked", "", "clicked"))
    return sorted(lines, key=lambda line: line.at)


def _of_call(session: Session, delivery: Delivery) -> str | None:
    """What the provider calls the call in which it was taken, where it has one name for all of its messages."""
    whole = session.get(ProviderCall, delivery.attempt_id) if delivery.attempt_id else None
    return whole.provider_id if whole else None


def message(session: Session, delivery: Delivery, kind: str, *, codes: bool) -> dict[str, str]:
    """The parts exactly as they were sent, or, without `codes`, with nothing to hide in them; empty where nothing was rendered."""
    version = session.get(Version, (delivery.distribution_id, delivery.version))
    plan = Plan.shown(version.plan) if version else None
    channel = next((c for c in plan.channels if c.key == delivery.channel), None) if plan else None
    if plan is None or channel is None or not delivery.slots:
        return {}
    try:
        compiled = compile_message(channel.parts, kind)
        return compiled.assemble(delivery.slots if codes else masked.slots(session, delivery, plan, compiled))
    except TemplateError:
        return {}


def siblings(session: Session, recipient_id: uuid.UUID) -> list[Delivery]:
    """All deliveries of a recipient, by channel."""
    return list(session.scalars(select(Delivery).where(Delivery.recipient_id == recipient_id).order_by(Delivery.channel)))
