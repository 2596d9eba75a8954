"""What exactly does this customer get? The same compiling and rendering that workers do, with a marked dummy in place of a code."""

import uuid
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels
from domain.distributions.plan.make_plan import as_plan
from domain.distributions.preview import values as facts
from domain.kernel.public_paths import BARCODE, EXAMPLE, QR
from domain.messages.liquid.places import TemplateError
from domain.messages.message import FIELD, shape
from domain.messages.trial import limited
from domain.tables.customers import Customer
from domain.triggers import fits


@dataclass(frozen=True)
class Preview:
    """The parts as they would arrive, or what is wrong with them."""

    parts: dict[str, str]
    problem: str = ""
    filled: int = 0
    """How many fields of a payload hold variables."""

    @property
    def size(self) -> int:
        """Bytes of all bodies together."""
        return sum(len(self.parts.get(p, "").encode()) for p in ("html", "text", "payload"))


def of(session: Session, spec: Spec, channel: ChannelSpec, customer: Customer | None, distribution_id: uuid.UUID | None = None) -> Preview:
    """The message of this channel for this customer. Without a customer, for somebody of whom nothing is known."""
    found = check_channels.mode_of(session, channel)
    if isinstance(found, str):
        return Preview({}, found)
    _, mode = found
    try:
        parts = next((parts for c, parts in check_channels.complete(session, replace(spec, channels=(channel,)))), channel.parts)
    except TemplateError as wrong:
        return Preview({}, str(wrong))
    if not any(parts.get(p) for p in ("html", "text", "payload")) and not any(p.startswith(FIELD) for p in parts):
        return Preview({}, "")
    try:
        known = known_of(session, spec, customer, channel, distribution_id)
        made, filled = limited.rendered(parts, shape(mode), with_example_pictures(known) if shape(mode) == "email" else known)
        return Preview(made, filled=filled)
    except TemplateError as wrong:
        return Preview({}, str(wrong))


def known_of(
    session: Session, spec: Spec, customer: Customer | None, channel: ChannelSpec, distribution_id: uuid.UUID | None = None
) -> dict[str, Any]:
    """What a message of this spec knows about this customer."""
    about = facts.shared_values(session, as_plan(spec), distribution_id)
    campaign = about.campaign if "voucher" in fits.facts(spec.trigger, spec.action) else None
    somebody = customer if customer is not None else facts.nobody()
    permission = channel.permission_id if spec.check_permission else None
    known = facts.values_for(about, somebody, facts.dummy(campaign) if campaign else None, permission)
    return facts.with_dead_links(known | _sample(session, spec), about.public_url)


def _sample(session: Session, spec: Spec) -> dict[str, Any]:
    """What its event would bring: the sample of its trigger, and something for each variable of what is chosen."""
    start = spec.chosen_trigger
    brought: dict[str, Any] = {noun: dict(facts) for noun, facts in start.sample.items()} if start else {}
    for variable in start.more_variables(session, spec) if start else ():
        noun, _, name = variable.path.partition(".")
        brought.setdefault(noun, {}).setdefault(name, variable.example)
    return brought


EXAMPLES = {name: path.address("", token=EXAMPLE, format="png") for name, path in (("qr", QR), ("barcode", BARCODE))}
"""Pictures of no code: where a mail is only looked at, there is none yet."""


def with_example_pictures(known: dict[str, Any]) -> dict[str, Any]:
    """The same values with pictures that can be looked at, where the message has a code."""
    if "voucher" not in known:
        return known
    url = known["brand"]["url"]
    return known | {"voucher": {**known["voucher"], **{name: f"{url}{path}" for name, path in EXAMPLES.items()}}}


def marked(parts: dict[str, str]) -> dict[str, str]:
    """The parts of a test send: [TEST] where a person sees it first."""
    first = "subject" if "subject" in parts else "text"
    return {**parts, first: f"[TEST] {parts[first]}"} if first in parts else dict(parts)
