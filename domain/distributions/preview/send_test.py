"""One message to somebody here, to see it arrive: marked [TEST], with a dummy instead of a code, counted nowhere.

Like every call it is prepared in one transaction, made in none, and written down in another.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan import check_channels, editors
from domain.distributions.preview import preview
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, new_id, outside
from domain.messages.message import options, values_by_name
from domain.tables.connections import TestSend
from domain.tables.customers import Customer
from domain.tables.workspace import User, current_project
from integrations.contract import Batch, Config, Fate, Message, Mode, Outcome, Provider, Settings, Stop, Takes, one_by_one

if TYPE_CHECKING:
    from integrations.http import Http


INSIDE = frozenset({"sandbox"})
"""Providers whose messages never leave this installation: their tests may name any address."""


@dataclass(frozen=True)
class Ready:
    """A test message, ready to be sent without a database."""

    id: uuid.UUID
    distribution_id: uuid.UUID
    name: str
    customer_id: uuid.UUID | None
    channel: ChannelSpec
    provider: Provider
    mode: Mode
    settings: Settings
    message: Message


def allowed(session: Session) -> list[str]:
    """Addresses that tests may go to: everybody who signs in here, and the project's notice addresses."""
    people = session.scalars(select(User.email).where(User.deactivated_at.is_(None)).order_by(User.email)).all()
    return list(dict.fromkeys([*people, *current_project(session).notice_addresses]))


def prepare(
    session: Session, distribution: tuple[uuid.UUID, str], spec: Spec, channel: ChannelSpec, customer: Customer | None, to: str
) -> Ready:
    """Render it as `customer` would get it, addressed to `to`. Raises NotNow with what is in the way."""
    found = check_channels.mode_of(session, channel)
    if isinstance(found, str):
        raise NotNow(found)
    connection, mode = found
    to = _address(session, mode, connection.provider, to, customer)
    made = preview.of(session, spec, channel, customer, distribution[0])
    maps = mode.takes is Takes.DATA
    if made.problem:
        raise NotNow(f"The message cannot be made yet: {made.problem}")
    if not made.parts:
        raise NotNow("There is no message to test yet. Write it first.")
    try:
        provider, settings = configured.configured(session, connection.id)
    except configured.Unusable as why:
        raise NotNow(str(why)) from why
    id = new_id()
    message = Message(
        id=str(id),
        address=to,
        parts={} if maps else preview.marked(made.parts),
        data=values_by_name(made.parts) if maps else {},
        customer_id=outside(Prefix.CUSTOMER, customer.id) if customer else "",
        tags={"kind": "test"},
        attempt_at=int(clock.now(session).timestamp()),
        email=to if "@" in to else "",
    )
    return Ready(id, *distribution, customer.id if customer else None, channel, provider, mode, settings, message)


def call(ready: Ready, http: Http) -> Outcome:
    """Send it. Whatever goes wrong becomes an outcome in words; nothing is repeated."""
    try:
        batch = Batch((ready.message,), _itself(ready.message.parts), options=options(ready.mode, ready.channel.parts))
        outcomes = list(one_by_one(ready.mode.send(http, ready.settings, batch)))
    except (Stop, Config) as why:
        return Outcome(ready.message.id, Fate.REFUSED, str(why))
    return outcomes[0] if outcomes else Outcome(ready.message.id, Fate.UNSURE, "The provider said nothing about it.")


def record(session: Session, ready: Ready, outcome: Outcome, actor: Actor) -> TestSend:
    """Keep it for the inbox and the audit trail."""
    row = TestSend(
        id=ready.id,
        connection_id=ready.channel.connection_id,
        distribution_id=ready.distribution_id,
        customer_id=ready.customer_id,
        channel=editors.kind(ready.mode),
        address=ready.message.address,
        parts=dict(ready.message.parts) or dict(ready.message.data),
        outcome=outcome.fate,
        reason=outcome.reason,
        sent_by=actor.name,
        created_at=clock.now(session),
    )
    session.add(row)
    audit.record(
        session, actor, "send test of distribution", outside(Prefix.DISTRIBUTION, ready.distribution_id), ready.name,
        None, {"channel": ready.channel.key, "outcome": outcome.fate},
    )  # fmt: skip
    return row


def _address(session: Session, mode: Mode, provider: str, to: str, customer: Customer | None) -> str:
    to = to.strip()
    match mode.identify_by:
        case "none":
            return to
        case "phone" if provider in INSIDE:
            return to or (customer.phone if customer and customer.phone else "+440000000000")
        case "phone":
            raise NotNow("Test text messages go to numbers confirmed here, and there is none yet. Try it with the sandbox.")
    if not to:
        raise NotNow("Choose the address the test goes to.")
    if provider not in INSIDE and to.casefold() not in {a.casefold() for a in allowed(session)}:
        raise NotNow(f"Tests go to people who sign in here and to notice addresses of the project; “{to}” is neither.")
    return to


def _itself(parts: Mapping[str, str]) -> dict[str, str]:
    """The template of a message without slots is the message."""
    return dict(parts)
