"""What is needed to serve recipients of one version: its plan, the compiled messages, the modes, and the tests of who is left out.

Made once per version and kept in the process: a version never changes. Credentials are not part of it; they are read anew for every call.
"""

import functools
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from domain.connections.configured import Unusable, limits_of, provider_of
from domain.distributions.audience import exclusions
from domain.distributions.audience.address import CustomerAddress, address_of
from domain.distributions.plan.plan import Channel, Plan
from domain.messages.message import CompiledMessage, compile_message, shape
from domain.tables.connections import Connection
from domain.tables.distributions import Version
from domain.tables.stored_json import Unreadable
from integrations.contract import Limits, Mode, Takes


class VersionBroken(Exception):
    """The version cannot be served any more (a connection is gone); the distribution pauses. Args: a sentence."""


@dataclass(frozen=True)
class ReadyChannel:
    """One channel of the plan, ready to be used."""

    channel: Channel
    mode: Mode
    limits: Limits
    message: CompiledMessage
    template: dict[str, str]
    tests: tuple[exclusions.Test, ...]
    whom: CustomerAddress

    @property
    def key(self) -> str:
        """The key of the channel in the plan (`c1`)."""
        return self.channel.key

    @property
    def connection_id(self) -> uuid.UUID:
        """Whose budget and credentials it uses."""
        return self.channel.connection_id

    @property
    def address(self) -> str:
        """SQL for the address by which the mode knows the customer."""
        return self.whom.sql


@dataclass(frozen=True)
class ServedVersion:
    """A version, ready to be served."""

    distribution_id: uuid.UUID
    version: int
    plan: Plan
    ways: tuple[ReadyChannel, ...]
    tests: tuple[exclusions.Test, ...]

    def way(self, key: str) -> ReadyChannel | None:
        """The channel named `key`."""
        return next((way for way in self.ways if way.key == key), None)

    @property
    def gives_codes(self) -> bool:
        """Whether recipients need a code of their own."""
        return self.plan.code == "pool"

    def values(self, now: Any) -> dict[str, Any]:
        """What the tests bind."""
        return exclusions.values(self.plan, now)


@functools.lru_cache(maxsize=64)
def _compiled(distribution_id: uuid.UUID, version: int, key: str, kind: str, parts: tuple[tuple[str, str], ...]) -> CompiledMessage:
    return compile_message(dict(parts), kind)


def served_version(session: Session, distribution_id: uuid.UUID, version: int) -> ServedVersion:
    """The recipe of this version, as its connections are now. Raises Broken, or LookupError where there is no such version."""
    stored = session.get(Version, (distribution_id, version))
    if stored is None:
        raise LookupError(f"There is no version {version} of distribution {distribution_id}.")
    try:
        plan = Plan.from_json(stored.plan)
    except Unreadable as why:
        raise VersionBroken(str(why)) from why
    ways = tuple(_way(session, distribution_id, version, plan, channel) for channel in plan.channels)
    return ServedVersion(distribution_id, version, plan, ways, tuple(exclusions.recipient_tests(plan, recipient=True)))


def _way(session: Session, distribution_id: uuid.UUID, version: int, plan: Plan, channel: Channel) -> ReadyChannel:
    connection = session.get(Connection, channel.connection_id, populate_existing=True)
    if connection is None or connection.archived_at is not None:
        raise VersionBroken("One of its connections is gone. Choose another on the step Channels.")
    try:
        mode = provider_of(connection).mode(channel.mode)
    except Unusable as why:
        raise VersionBroken(str(why)) from why
    except KeyError as missing:
        raise VersionBroken(f"{connection.name} no longer has the mode “{channel.mode}”.") from missing
    message = _compiled(distribution_id, version, channel.key, shape(mode), tuple(sorted(channel.parts.items())))
    template = {} if mode.takes is Takes.DATA else message.template()
    who = address_of(connection, mode)
    return ReadyChannel(
        channel, mode, limits_of(connection, mode), message, template, tuple(exclusions.channel_tests(plan, channel, who)), who
    )
