"""How do a floor and the product compare? Both run several times, in turn, and medians are told; no ratio is, on a busy machine."""

import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.cost import BUSY, TICK, Cost, too_busy

RUNS = int(os.environ.get("RUNS") or 3)


@dataclass(frozen=True)
class Comparison:
    """Medians: things a second of the floor and of the product."""

    name: str
    count: int
    floor: float
    ours: float
    busy: str = ""
    """Why there is no ratio."""
    processor: float = 0.0
    """Our processor time, Python's and PostgreSQL's, for each second of the floor's; 0: not asked."""

    def words(self) -> str:
        """One line for people."""
        said = f"{self.name}: {self.count:,}, {self.ours:,.0f} a second; floor {self.floor:,.0f} a second; "
        if self.busy:
            return f"{said}no ratio, because {self.busy}"
        return f"{said}ratio {self.ours / self.floor:.2f}, {self.processor:.1f} × its processor time"


def load_before() -> str:
    """Why the machine is too busy to begin with; empty where it is not."""
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return f"the load was {load:.1f} a processor before it began" if load > 5 * BUSY else ""


def compare(name: str, count: int, floor: Callable[[], Cost], ours: Callable[[], Cost], runs: int = RUNS) -> Comparison:
    """Run both in turn, print what each cost a person, and the comparison."""
    busy, floors, products = load_before(), list[Cost](), list[Cost]()
    for _ in range(runs):
        floors.append(floor())
        products.append(ours())
    made = Comparison(
        name,
        count,
        statistics.median(count / cost.seconds for cost in floors),
        statistics.median(count / cost.seconds for cost in products),
        busy or too_busy([*floors, *products]),
        middle(products).processor / max(middle(floors).processor, 1 / TICK),
    )
    print(made.words(), flush=True)
    for label, costs in (("floor", floors), ("ours", products)):
        print(f"  {label}, each: {middle(costs).per(count)}", flush=True)
    return made


def alone(name: str, count: int, ours: Callable[[], Cost], runs: int = RUNS) -> Cost:
    """Run what has no floor, print what it cost, and why that says little where the machine is busy."""
    busy, costs = load_before(), list[Cost]()
    for _ in range(runs):
        costs.append(ours())
    made = middle(costs)
    said = f"{name}: {count:,}, {made.processor:.2f} seconds of processors; each {made.per(count)}"
    why = busy or too_busy(costs)
    print(f"{said}; on a busy machine, because {why}" if why else said, flush=True)
    return made


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure by itself."""
    return Cost(
        statistics.median(c.seconds for c in costs),
        statistics.median(c.python for c in costs),
        statistics.median(c.postgres for c in costs),
        int(statistics.median(c.wal for c in costs)),
        statistics.median(c.others for c in costs),
    )
