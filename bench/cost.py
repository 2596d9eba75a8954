"""What did a stretch of work cost? Processor time of our processes and of PostgreSQL's, WAL, and what everybody else took meanwhile."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, text

TICK = os.sysconf("SC_CLK_TCK")
BUSY = 0.10
"""The share of the machine that others may take before ratios say nothing."""


@dataclass
class Cost:
    """Of one stretch. Seconds of the clock and of processors; bytes of WAL."""

    seconds: float = 0.0
    python: float = 0.0
    postgres: float = 0.0
    wal: int = 0
    others: float = 0.0
    """Share of the machine, between 0 and 1, that went to processes outside the bench, or was stolen by the host."""

    @property
    def processor(self) -> float:
        """Seconds of processors, Python's and PostgreSQL's."""
        return self.python + self.postgres

    def per(self, count: int) -> str:
        """In words, for each of `count`."""
        million = 1e6 / count
        return f"{self.python * million:,.1f} µs Python, {self.postgres * million:,.1f} µs PostgreSQL, {self.wal / count:,.0f} B of WAL"


@dataclass
class Watched:
    """Whose time is counted: ours with that of children, the postmaster's tree, and peers of the bench, which are no cost."""

    engine: Engine
    postmaster: int
    ours: list[int] = field(default_factory=list)
    peers: list[int] = field(default_factory=list)

    @contextmanager
    def stretch(self, *, here: bool = False) -> Iterator[Cost]:
        """The cost of what is done inside, filled in at its end. `here`: it is done by the process of the bench itself, as floors are."""
        cost = Cost()
        before, began = self._look(), time.monotonic()
        yield cost
        cost.seconds = time.monotonic() - began
        bench, ours, cost.postgres, peers, busy, possible, wal = (now - then for now, then in zip(self._look(), before, strict=True))
        cost.python, cost.wal = bench if here else ours, int(wal)
        cost.others = max(0.0, busy - bench - ours - cost.postgres - peers) / max(possible, 1e-9)

    def _look(self) -> tuple[float, ...]:
        tree = _children()
        ours, peers = (sum(_spent(pid, tree) for pid in pids) for pids in (self.ours, self.peers))
        with self.engine.connect() as connection:
            wal = connection.execute(text("SELECT pg_current_wal_insert_lsn() - CAST('0/0' AS pg_lsn)")).scalar_one()
        return time.process_time(), ours, _spent(self.postmaster, tree), peers, *_machine(), float(wal)


def _machine() -> tuple[float, float]:
    """Seconds that processors were busy, and that there were in all, since the machine began. Stolen time is busy with others."""
    numbers = [int(word) / TICK for word in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    idle = numbers[3] + numbers[4]
    return sum(numbers) - idle, sum(numbers)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if (parts := _stat(int(folder.name))) is not None:
            found.setdefault(int(parts[1]), []).append(int(folder.name))
    return found


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _spent(pid: int, tree: dict[int, list[int]]) -> float:
    """Seconds of a process, of its children that ended, and of those that live."""
    parts = _stat(pid)
    own = sum(int(n) for n in parts[11:15]) / TICK if parts else 0.0
    return own + sum(_spent(child, tree) for child in tree.get(pid, ()))


def too_busy(costs: Iterable[Cost]) -> str:
    """Why these say nothing about speed; empty where they do."""
    most = max(cost.others for cost in costs)
    return f"others took {most:.0%} of the machine meanwhile" if most > BUSY else ""
