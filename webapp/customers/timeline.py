"""How is a moment of a customer's life said? One line, one detail, an icon."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from domain.customers.consents.suppressions import REASONS
from domain.customers.profiles import fields
from domain.distributions.audience import reasons
from domain.insight.customers.timeline import CustomerTimelineEntry
from domain.journal.events import EventKind
from domain.kernel.base import Prefix
from webapp.customers import blueprint
from webapp.customers.presenters import in_words
from webapp.formatting import zone
from webapp.links import page_of
from webapp.orders.presenters import TOLD as ORDERS

ORDER_WORDS: dict[str, str] = {
    EventKind.ORDER_CREATED: "Placed",
    EventKind.ORDER_UPDATED: "Changed",
    EventKind.ORDER_PAID: "Paid",
    EventKind.ORDER_PROCESSING: "Waits for",
    EventKind.ORDER_FULFILLED: "Got",
    EventKind.ORDER_CANCELED: "Canceled",
}
"""Kind of an event -> what it is to the customer: `Paid order 1001`."""
_MESSAGES = {
    "pending": ("hourglass", "Waits for a message"),
    "ready": ("hourglass", "Waits for a message"),
    "leased": ("send", "A message is being sent"),
    "open": ("send", "A message is being sent"),
    "polling": ("send", "A message is on its way"),
    "accepted": ("mail", "Was sent a message"),
    "delivered": ("mail-check", "Got a message"),
    "bounced": ("mail-x", "A message bounced"),
    "complained": ("circle-alert", "Complained about a message"),
    "refused": ("circle-x", "A message was refused"),
    "unsure": ("circle-help", "May have got a message"),
    "skipped": ("minus", "Was left out"),
}


@dataclass(frozen=True)
class CustomerStoryLine:
    """One line of the timeline. `code` stands in the mono face behind the text."""

    at: datetime.datetime
    icon: str
    text: str
    detail: str = ""
    code: str = ""
    href: str = ""


def story_line(moment: CustomerTimelineEntry, clear: bool) -> CustomerStoryLine:
    """The line of a moment; codes only where `clear`."""
    match moment.source:
        case "permission":
            return _permission(moment)
        case "voucher":
            by = f", by {moment.reason}" if moment.reason else ", by hand" if moment.kind == "Dashboard" else f", {moment.kind}"
            code = moment.detail if clear else masked(moment.detail)
            return CustomerStoryLine(moment.at, "ticket", "Was given", f"{moment.name}{by}", code, _campaign(moment))
        case "message":
            return _message(moment)
        case _:
            return _event(moment)


@blueprint.app_template_filter("masked")
def masked(code: str) -> str:
    """Enough of a code to tell it from others, too little to use it."""
    return f"{code[: min(3, len(code) // 4)]}••••"


def _permission(moment: CustomerTimelineEntry) -> CustomerStoryLine:
    by = "" if moment.reason in {"", "The customer"} else f", {moment.reason}"
    given = moment.kind == "given"
    return CustomerStoryLine(
        moment.at, "shield-check" if given else "ban", f"{'Gave' if given else 'Withdrew'} {moment.name}", f"{moment.detail}{by}"
    )


def _message(moment: CustomerTimelineEntry) -> CustomerStoryLine:
    icon, text = _MESSAGES.get(moment.kind, ("mail", moment.kind))
    seen = [f"{word} {_clock(then)}" for word, then in (("opened", moment.opened_at), ("clicked", moment.clicked_at)) if then]
    by = f"by {moment.detail}" if moment.detail else ""
    detail = ", ".join(filter(None, [moment.name, by, reasons.words(moment.reason), *seen]))
    href = page_of(Prefix.DISTRIBUTION, moment.distribution_id) if moment.distribution_id else ""
    return CustomerStoryLine(moment.at, icon, text, detail, href=href)


def _clock(moment: datetime.datetime) -> str:
    local = moment.astimezone(zone())
    return f"{local.day} {local:%b %H:%M}"


def _campaign(moment: CustomerTimelineEntry) -> str:
    return page_of(Prefix.CAMPAIGN, moment.subject_id) if moment.subject_id else ""


def _event(moment: CustomerTimelineEntry) -> CustomerStoryLine:
    tell = _EVENTS.get(moment.kind)
    if tell is None:
        return CustomerStoryLine(moment.at, "activity", moment.kind.removeprefix("customer.").replace(".", " ").capitalize())
    icon, words = tell
    text, detail, href = words(moment, moment.facts)
    return CustomerStoryLine(moment.at, icon, text, detail, href=href)


def _imported(moment: CustomerTimelineEntry, facts: dict[str, Any]) -> tuple[str, str, str]:
    href = url_for("customers.import_progress", id=facts["import"]) if facts.get("import") else ""
    where = f"{facts['file']}, line {facts['line']}" if facts.get("file") else ""
    return "Was imported" if facts.get("new") else "Was changed by an import", where, href


def _segment(moment: CustomerTimelineEntry, facts: dict[str, Any]) -> tuple[str, str, str]:
    href = page_of(Prefix.SEGMENT, moment.subject_id) if moment.name and moment.subject_id else ""
    return f"{'Entered' if moment.kind == EventKind.ENTERED else 'Left'} {moment.name or 'a segment since deleted'}", "", href


def _order(moment: CustomerTimelineEntry, facts: dict[str, Any]) -> tuple[str, str, str]:
    order = facts.get("order") or {}
    href = page_of(Prefix.ORDER, moment.subject_id) if moment.subject_id else ""
    return f"{ORDER_WORDS[moment.kind]} order {order.get('number', '')}".strip(), str(order.get("total", "")), href


def _custom(moment: CustomerTimelineEntry, facts: dict[str, Any]) -> tuple[str, str, str]:
    said = dict(facts.get("custom_event") or {})
    name = said.pop("name", "a custom event")
    return f"Event {name}", "; ".join(f"{key.replace('_', ' ')}: {in_words(value)}" for key, value in said.items()), ""


def _suppressed(moment: CustomerTimelineEntry, facts: dict[str, Any]) -> tuple[str, str, str]:
    reason = REASONS.get(facts.get("reason", ""), "")
    return f"{_address(facts)} is never written to again", ", ".join(filter(None, [reason, facts.get("source")])), ""


_EVENTS: dict[str, tuple[str, Callable[[CustomerTimelineEntry, dict[str, Any]], tuple[str, str, str]]]] = {
    EventKind.CREATED: ("user-plus", lambda moment, facts: ("Was added", ", ".join(filter(None, [facts.get("how", ""), _by(facts)])), "")),
    EventKind.UPDATED: ("pencil", lambda moment, facts: (_changes(facts.get("changed", {})), _by(facts), "")),
    EventKind.IMPORTED: ("file-down", _imported),
    EventKind.ENTERED: ("log-in", _segment),
    EventKind.LEFT: ("log-out", _segment),
    EventKind.SUPPRESSED: ("ban", _suppressed),
    EventKind.ERASED: ("user-x", lambda moment, facts: ("Was erased", "", "")),
    **{kind: (icon, _order) for kind, (icon, _) in ORDERS.items()},
    EventKind.CUSTOM: ("activity", _custom),
    EventKind.REDEEMED: ("ticket-check", lambda moment, facts: (_redeemed(facts), _taken_off(facts), "")),
    EventKind.REDEMPTION_FAILED: (
        "ban",
        lambda moment, facts: ("Could not redeem a code", facts.get("redemption", {}).get("failure", ""), ""),
    ),
    EventKind.ROLLED_BACK: ("rotate-ccw", lambda moment, facts: ("A redemption was taken back", str(facts.get("reason", "")), "")),
}
"""Kind of an event -> its icon, and what makes its text, detail and address."""


def _redeemed(facts: dict[str, Any]) -> str:
    promotion = facts.get("redemption", {}).get("promotion")
    return f"Used the promotion “{promotion}”" if promotion else "Used a code"


def _why_not(facts: dict[str, Any]) -> str:
    return str(facts.get("redemption", {}).get("failure", ""))


def _taken_off(facts: dict[str, Any]) -> str:
    """What was taken off which order, where the shop said so."""
    off, number = facts.get("redemption", {}).get("discount"), facts.get("order", {}).get("number")
    return ", ".join(filter(None, [f"{off} off" if off else "", f"order {number}" if number else ""]))


def _address(facts: dict[str, Any]) -> str:
    return {"email": "The e-mail address", "phone": "The phone number"}.get(facts.get("kind", ""), "An address")


def _by(facts: dict[str, Any]) -> str:
    return f"by {facts['by']}" if facts.get("by") else ""


def _changes(changed: dict[str, Any]) -> str:
    parts = []
    for name, value in changed.items():
        noun, _, key = name.partition(".")
        label = fields.BY_KEY[key].label if noun == "customer" and key in fields.BY_KEY else key.replace("_", " ").capitalize()
        parts.append(f"{label} became {in_words(value)}" if value not in {None, ""} else f"{label} was taken away")
    return "; ".join(parts) or "Was changed"
