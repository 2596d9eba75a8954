"""What happened to a letter, moment by moment?"""

import datetime
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.distributions.audience import reasons
from domain.insight.inbox.find import InboxRow
from domain.tables.sending import Delivery, DeliveryStep

WORDS = {
    "accepted": ("check", "The sandbox took it"),
    "delivered": ("mail-check", "Delivered"),
    "bounced": ("mail-x", "Bounced"),
    "complained": ("ban", "Complained"),
    "refused": ("circle-x", "The sandbox refused it"),
    "unsure": ("circle-help", "Nobody knows whether it arrived"),
}


@dataclass(frozen=True)
class InboxTimelineEntry:
    """One line: an icon, words, a reason, a time."""

    icon: str
    words: str
    at: datetime.datetime
    reason: str = ""


def moments(session: Session, found: InboxRow) -> list[InboxTimelineEntry]:
    """The lines of its timeline, newest first."""
    if found.source == "test":
        icon, words = WORDS.get(found.state, ("flask-conical", "Sent as a test"))
        return [InboxTimelineEntry(icon, words, found.at, found.reason)]
    row = session.scalars(select(Delivery).where(Delivery.id == found.id)).one()
    icon, words = WORDS.get(row.state, ("circle", row.state))
    lines = [InboxTimelineEntry("plus", "Prepared", row.ready_at or row.created_at)]
    if row.sent_at:
        lines.append(InboxTimelineEntry(icon, words, row.sent_at, reasons.words(row.reason)))
    elif row.settled_at:
        lines.append(InboxTimelineEntry(icon, words, row.settled_at, reasons.words(row.reason)))
    if row.opened_at:
        lines.append(InboxTimelineEntry("mail-open", "Opened", row.opened_at))
    if row.clicked_at:
        lines.append(InboxTimelineEntry("link", "Clicked", row.clicked_at))
    steps = session.scalars(select(DeliveryStep).where(DeliveryStep.delivery_id == found.id).order_by(DeliveryStep.id.desc()).limit(50))
    lines += [
        InboxTimelineEntry(*WORDS.get(step.state, ("repeat", step.state.capitalize())), step.at, reasons.words(step.reason))
        for step in steps
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)
