"""`make bench`: how fast, and at what cost? Each figure beside a floor of the same run.

`N=` people (100,000), `ONLY=` one of the names of `BENCHES`, `RUNS=` of which the median is told (3).
"""

import os
import sys
from collections.abc import Callable

os.environ["LARGESSE_SECRET_KEYS"] = "key-of-the-bench"

from bench import budget, customers, ledger, pull, receipts, sending

BENCHES: dict[str, Callable[[int], object]] = {
    "budget": lambda n: budget.show(min(n, 4000)),
    "sendgrid": sending.sendgrid,
    "smtp": lambda n: sending.smtp(max(n // 5, 1000)),
    "receipts": lambda n: receipts.receipts(min(n, 5_000)),
    "redeemables": lambda n: pull.redeemables(min(n, 5_000)),
    "give": lambda n: pull.codes(min(n, 5_000)),
    "ledger": lambda n: ledger.ledger(min(n, 50_000)),
    "codes": lambda n: ledger.codes(10 * n),
    "export": lambda n: ledger.export(10 * n),
    "import": customers.imported,
    "sync": customers.sync,
    "changed": lambda n: customers.changed(min(n, 10_000)),
    "one": lambda n: customers.one(min(n, 200)),
}

if __name__ == "__main__":
    people, only = int(os.environ.get("N") or 100_000), os.environ.get("ONLY")
    if only and only not in BENCHES:
        sys.exit(f"There is no bench “{only}”. ONLY may be one of: {', '.join(BENCHES)}.")
    for name, bench in BENCHES.items():
        if only in {None, "", name}:
            bench(people)
