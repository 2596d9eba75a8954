"""How do a floor and the product compare? Both run several times, in turn, and medians are told; no ratio is, on a busy machine."""

import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.cost import BUSY, Cost, too_busy

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

    def words(self) -> str:
        """One line for people."""
        said = f"{self.name}: {self.count:,}, {self.ours:,.0f} a second; floor {self.floor:,.0f} a second; "
        return said + (f"no ratio, because {self.busy}" if self.busy else f"ratio {self.ours / self.floor:.2f}")


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
    )
    print(made.words(), flush=True)
    for label, costs in (("floor", floors), ("ours", products)):
        print(f"  {label}, each: {middle(costs).per(count)}", flush=True)
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
