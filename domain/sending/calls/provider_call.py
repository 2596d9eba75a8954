"""A call to a provider, between the transaction that opens it and the one that records what became of it. No database in here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.kernel.base import Prefix, inside, outside
from domain.messages.message import CompiledMessage as Compiled
from domain.messages.message import options, values_by_name
from domain.sending.prepare.leases import Item
from domain.sending.prepare.recipe import ReadyChannel
from integrations.contract import AllAccepted, Batch, Config, Exchange, Fate, Message, Mode, Outcome, Settings, Stop, Takes
from logs import log

if TYPE_CHECKING:
    from integrations.http import Http

NAMED = 10
"""Deliveries of a broken call that its log line names."""


@dataclass(frozen=True)
class Call:
    """Deliveries that are open now, and everything needed to send them."""

    id: uuid.UUID
    """The attempt id of its deliveries, and the id of its claim."""
    distribution_id: uuid.UUID
    live: bool
    way: ReadyChannel
    settings: Settings
    items: tuple[Item, ...]
    at: int
    """Seconds since 1970 at which it began."""
    receipts_url: str = ""
    """Where the provider may tell us what became of it; empty where it could not reach us."""


@dataclass
class CallResult:
    """What a call yielded. `stop` and `config` are the words of a provider that refused the whole call."""

    outcomes: dict[uuid.UUID, Outcome] = field(default_factory=dict)
    stop: str = ""
    config: str = ""
    exchanges: dict[uuid.UUID, Exchange] = field(default_factory=dict)
    """What was asked and answered, where the mode tells."""
    broke: bool = False
    """The adapter broke off by a fault of ours."""
    wholes: list[AllAccepted] = field(default_factory=list)
    """What was taken as a whole and is not among the outcomes yet."""

    def all_accepted(self, many: int) -> AllAccepted | None:
        """That all of so many messages were taken and nothing more was said than, at most, one id for all; None where it was not so."""
        if self.stop or self.config or self.broke or self.exchanges:
            return None
        if not self.outcomes:
            return self.wholes[0] if len(self.wholes) == 1 and len(self.wholes[0].messages) == many else None
        plain = all(o.fate is Fate.ACCEPTED and o.provider_id is None and o.wait is None for o in self.outcomes.values())
        return AllAccepted(()) if plain and not self.wholes and len(self.outcomes) == many else None

    def one_by_one(self) -> CallResult:
        """The same, with an outcome for each that was taken as a whole."""
        for whole in self.wholes:
            for outcome in whole.outcomes():
                self.add(outcome)
        self.wholes.clear()
        return self

    def add(self, outcome: Outcome) -> None:
        """One more outcome; of messages that are not ours nothing is kept."""
        id = inside(Prefix.DELIVERY, outcome.message_id)
        if id is not None:
            self.outcomes[id] = outcome
            _told(self, outcome.exchange)


class Parts(Mapping[str, str]):
    """The parts of one message, assembled when asked for: a provider that substitutes by itself never asks."""

    __slots__ = ("_compiled", "_slots")

    def __init__(self, compiled: Compiled, slots: Mapping[str, str]) -> None:
        self._compiled, self._slots = compiled, slots

    def __getitem__(self, name: str) -> str:
        return self._compiled.parts[name].assemble(self._slots)

    def __iter__(self) -> Iterator[str]:
        return iter(self._compiled.parts)

    def __len__(self) -> int:
        return len(self._compiled.parts)


def batch(call: Call) -> Batch:
    """What the adapter is given."""
    about = {"distribution": outside(Prefix.DISTRIBUTION, call.distribution_id)}
    messages = tuple(_message(call, item, about) for item in call.items)
    return Batch(messages, call.way.template, call.receipts_url, options(call.way.mode, call.way.channel.parts))


def _message(call: Call, item: Item, about: Mapping[str, str]) -> Message:
    maps = call.way.mode.takes is Takes.DATA
    return Message(
        id=outside(Prefix.DELIVERY, item.id),
        address=item.address,
        parts={} if maps else Parts(call.way.message, item.slots),
        slots={} if maps else item.slots,
        data=values_by_name(call.way.message.assemble(item.slots)) if maps else {},
        customer_id=outside(Prefix.CUSTOMER, item.customer_id),
        unsubscribe_url=item.unsubscribe_url,
        tags=about,
        attempt_at=call.at,
        email=item.email,
        phone=item.phone,
    )


def place(call: Call, http: Http) -> CallResult:
    """Make the call; every outcome that came, even when it breaks half-way. The log is told of an exception nobody foresaw.

    What the adapter did not answer is left out of `outcomes`; `record` decides about it by what a repetition would do.
    """
    return answer(call.id, call.way.mode, call.settings, batch(call), http).one_by_one()


def answer(call: uuid.UUID, mode: Mode, settings: Settings, said: Batch, http: Http) -> CallResult:
    """The same of a batch that is ready, with what was taken as a whole left so."""
    answered = CallResult()
    try:
        for outcome in mode.send(http.for_call(), settings, said):
            if isinstance(outcome, AllAccepted):
                answered.wholes.append(outcome)
            else:
                answered.add(outcome)
    except Stop as stop:
        answered.stop = str(stop) or "The provider does not let this connection send."
        _told(answered, stop.exchange)
    except Config as config:
        answered.config = str(config) or "The provider does not understand this message."
    except Exception as broke:  # an adapter's bug costs this call, never the worker
        answered.broke = True
        deliveries = [message.id for message in said.messages[:NAMED]]
        log(__name__).error("a provider's adapter broke", call=call.hex, mode=mode.key, deliveries=deliveries, exc_info=broke)
    return answered


def _told(answered: CallResult, exchange: Exchange | None) -> None:
    id = inside(Prefix.DELIVERY, exchange.message_id) if exchange else None
    if exchange is not None and id is not None:
        answered.exchanges[id] = exchange


TAKEN = frozenset({Fate.ACCEPTED, Fate.UNSURE, Fate.PENDING})
"""Fates after which the recipient may have seen the code."""
