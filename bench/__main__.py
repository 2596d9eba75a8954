"""`make bench`: how fast, and how big? Each figure beside a floor measured in the same run. `LARGESSE_BENCH_PEOPLE` sets the size."""

import os

from bench.sending import KEY

os.environ["LARGESSE_SECRET_KEYS"] = KEY

from bench import ledger, receipts, sending

if __name__ == "__main__":
    people = int(os.environ.get("LARGESSE_BENCH_PEOPLE", "100000"))
    sending.run(people)
    receipts.run(min(people, 5_000))
    ledger.run(min(people, 50_000), 10 * people)
