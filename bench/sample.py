"""`make sample`: customers.csv from the lines of a real shop (UCI “Online Retail”, CC BY 4.0), to try the import with.

One line per customer: id, an e-mail address made from it, the country of the latest line, the first and last order without
cancellations, and what was spent, net of cancellations, in minor units. Lines without a customer are left out.
"""

import argparse
import csv
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

SOURCE = Path(__file__).parent.parent.parent / "shared" / "data" / "online-retail-sample.csv"
HEADER = ("source_id", "email", "country", "first_order", "last_order", "spend")


@dataclass
class Buyer:
    """What the lines of one customer add up to."""

    country: str = ""
    seen: str = ""
    first: str = ""
    last: str = ""
    spent: Decimal = Decimal(0)

    def take(self, line: Mapping[str, str]) -> None:
        """Count one line; an invoice that begins with C is a cancellation, its quantity negative."""
        at = line["InvoiceDate"]
        if at >= self.seen:
            self.seen, self.country = at, line["Country"]
        if not line["InvoiceNo"].startswith("C"):
            self.first = min(filter(None, (self.first, at)))
            self.last = max(self.last, at)
        self.spent += Decimal(line["Quantity"]) * Decimal(line["UnitPrice"])


def buyers(lines: Iterable[Mapping[str, str]]) -> dict[str, Buyer]:
    """Customers by their id, in the order of their first line."""
    found: dict[str, Buyer] = {}
    for line in lines:
        if id := line["CustomerID"].strip().removesuffix(".0"):
            found.setdefault(id, Buyer()).take(line)
    return found


def rows(found: Mapping[str, Buyer]) -> Iterator[tuple[str, ...]]:
    """The lines of customers.csv, without its header."""
    for id, buyer in found.items():
        spent = str(int((buyer.spent * 100).to_integral_value()))
        yield (id, f"c{id}@example.com", buyer.country, buyer.first[:10], buyer.last[:10], spent)


def write(source: Path, target: Path) -> int:
    """Write the sample; how many customers it has."""
    with source.open(encoding="utf-8", newline="") as file:
        found = buyers(csv.DictReader(file))
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(rows(found))
    return len(found)


def main() -> int:
    """The command; its exit status."""
    parser = argparse.ArgumentParser(prog="make sample", description=__doc__)
    parser.add_argument("source", type=Path, nargs="?", default=SOURCE, help="the shop's lines (default: %(default)s)")
    parser.add_argument("target", type=Path, nargs="?", default=Path("customers.csv"), help="where to write (default: %(default)s)")
    asked = parser.parse_args()
    if not asked.source.exists():
        print(f"There is no {asked.source}: no sample was written. Name the file: python -m bench.sample path/to/online-retail-sample.csv")
        return 1
    count = write(asked.source, asked.target)
    print(f"Wrote {asked.target} with {count:,} customers. Import it under Customers, Import.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
