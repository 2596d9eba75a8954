"""`make bench`: how fast, and at what cost? Each figure beside a floor of the same run.

`N=` people (100,000), `ONLY=` one of the names of `BENCHES`, `RUNS=` of which the median is told (3).
"""

import os

os.environ["LARGESSE_SECRET_KEYS"] = "key-of-the-bench"

from bench import ledger, receipts, sending

if __name__ == "__main__":
    people = int(os.environ.get("LARGESSE_BENCH_PEOPLE", "100000"))
    sending.run(people)
    receipts.run(min(people, 5_000))
    ledger.run(min(people, 50_000), 10 * people)
