"""What became of each message of the bakery? Drawn by dice that always fall alike, in the order in which it happened."""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from domain.demo.customers import DemoCustomers
from domain.demo.sends import SENDS, PastSend, Row

LATER = datetime.timedelta


@dataclass
class PastMessage:
    """One customer on one occasion. `left_out` says why nothing was sent; else `state` is where the message stands now."""

    send: PastSend
    customer: Row
    at: datetime.datetime
    left_out: str = ""
    state: str = "skipped"
    settled: datetime.datetime | None = None
    opened: datetime.datetime | None = None
    clicked: datetime.datetime | None = None
    unsubscribed: datetime.datetime | None = None
    used: datetime.datetime | None = None
    minor: int = 0
    """What the order came to that the code was used for."""

    @property
    def gives_code(self) -> bool:
        """Whether a code went with it."""
        return self.send.campaign is not None and not self.left_out


@dataclass
class History:
    """Goes through what was sent, and remembers who said no and whose address is dead."""

    crowd: DemoCustomers
    permission: uuid.UUID
    dice: Random = field(default_factory=lambda: Random(84))  # noqa: S311 - nothing secret is drawn
    closed: dict[uuid.UUID, tuple[datetime.datetime, str]] = field(default_factory=dict)
    """Customer -> since when nothing more is sent, and why."""

    def fates(self) -> list[PastMessage]:
        """Everything, the first thing first."""
        allowed = {word["customer_id"] for word in self.crowd.consents if word["permission_id"] == self.permission and word["given"]}
        told = sorted(self._occasions(), key=lambda fate: fate.at)
        for fate in told:
            fate.left_out = self._left_out(fate, allowed)
            if not fate.left_out:
                self._decide(fate)
        return told

    def _occasions(self) -> Iterator[PastMessage]:
        for send in SENDS:
            began = self.began(send)
            until = self.ended(send)
            moment = began
            for row in self.crowd.customers:
                if send.live and began < row["created_at"] < until:
                    yield PastMessage(send, row, row["created_at"] + LATER(seconds=self.dice.randint(2, 50)))
                elif not send.live and row["created_at"] < began and send.wrote_to(row):
                    moment += LATER(milliseconds=self.dice.randint(20, 160))
                    yield PastMessage(send, row, moment)

    def began(self, send: PastSend) -> datetime.datetime:
        """When it was let go: in the morning of that day."""
        return (self.crowd.now - LATER(days=send.began)).replace(hour=9, minute=4, second=0, microsecond=0)

    def ended(self, send: PastSend) -> datetime.datetime:
        """When a live one ended; of one that was sent once, when it began."""
        return (self.crowd.now - LATER(days=send.ended or send.began)).replace(hour=16, minute=30, second=0, microsecond=0)

    def _left_out(self, fate: PastMessage, allowed: set[uuid.UUID]) -> str:
        since, why = self.closed.get(fate.customer["id"], (None, ""))
        if not fate.customer["email"]:
            return "no_email"
        if since is not None and since < fate.at:
            return why
        return "" if fate.customer["id"] in allowed else "no_permission"

    def _decide(self, fate: PastMessage) -> None:
        dice, now = self.dice, self.crowd.now
        fate.settled = fate.at + LATER(seconds=dice.randint(1, 90))
        if self.crowd.dead.get(fate.customer["email_hash"], now) < fate.at:
            fate.state = "bounced"
            self.closed[fate.customer["id"]] = (fate.settled, "suppressed")
            return
        fate.state = "delivered"
        opened = fate.at + LATER(minutes=4 + dice.expovariate(1 / 600))
        if dice.random() < 0.47 and opened < now:
            fate.opened = opened
            self._react(fate, opened)
        if fate.clicked and fate.send.campaign and dice.random() < fate.send.campaign.used:
            used = fate.clicked + LATER(hours=3 + dice.expovariate(1 / 90))
            if used < now:
                fate.used, fate.minor = used, dice.randint(420, 5_400)

    def _react(self, fate: PastMessage, opened: datetime.datetime) -> None:
        dice, id = self.dice, fate.customer["id"]
        after = opened + LATER(seconds=dice.randint(4, 240))
        if after >= self.crowd.now or id in self.closed:
            return
        fell = dice.random()
        if fell < 0.001:
            fate.state, fate.settled = "complained", after
            self.closed[id] = (after, "suppressed")
        elif fell < 0.012:
            fate.unsubscribed = after
            self.closed[id] = (after, "opted_out")
        elif fell < (0.47 if fate.send.campaign else 0.24):
            fate.clicked = after
