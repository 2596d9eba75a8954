"""A whole installation in one process: its own database, no broker; nudges are done one after another when the test says so."""

import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from domain.kernel import nudges
from domain.kernel.nudges import Nudge
from workers.clock.loop import Clock
from workers.queue import actors
from workers.session import transaction


@dataclass
class House:
    """`work` does every nudge until none is left; `tick` lets the clock look first, at one task after the other."""

    waiting: deque[Nudge] = field(default_factory=deque)
    clock: Clock = field(default_factory=lambda: Clock(moment=60))

    @contextmanager
    def session(self) -> Iterator[Session]:
        with transaction() as session:
            yield session

    def work(self, most: int = 500) -> None:
        while self.waiting and most:
            most -= 1
            nudge = self.waiting.popleft()
            actors.do(nudge.job, nudge.subject, nudge.lane)

    def tick(self) -> None:
        self.clock.due.clear()
        self.clock.tick()
        self.work()

    def send(self, distribution_id: uuid.UUID, lane: str = "bulk") -> None:
        actors.do("distribution", str(distribution_id), lane)

    def __enter__(self) -> "House":
        nudges.deliver_with(self.waiting.append)
        return self

    def __exit__(self, *_: object) -> None:
        nudges.deliver_with(None)
