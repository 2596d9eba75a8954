"""In which lanes is work done a batch at a time, what is one item of each called, and what does a person drop when they drop one?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class BrokenLane:
    """A row of the table: words for notices, and statements for the page of administrators."""

    one: str
    """`receipt`, as in “1 receipt could not be read”."""
    many: str
    verb: str
    """What could not be done to it: `read`."""
    item: str
    """What its items are, for whoever looks one up by its id."""
    nudge: str = ""
    """The job to ask for when a person wants it tried again; empty: the clock comes by itself."""
    lane: str = "bulk"
    drop: tuple[str, ...] = ()
    """What happens to `:item` when a person drops it; empty: nothing waits, the line just goes."""
    again: tuple[str, ...] = ()
    """What must be put back before `:item` can be tried again."""


_ID = "CAST(:item AS uuid)"

_WAITING_RECEIPTS, _WAITING_MAIL = "('pending', 'unknown')", "('waiting', 'open')"
_FAILED = f"UPDATE jobs SET state = 'queued', error = '', ended_at = NULL WHERE id = {_ID} AND state = 'failed'"

LANES: dict[str, BrokenLane] = {
    "receipts": BrokenLane("receipt", "receipts", "read", "a raw receipt", "receipts", drop=(
        f"UPDATE raw_receipts SET state = 'refused', reason = 'Dropped by a person.' WHERE id = {_ID} AND state IN {_WAITING_RECEIPTS}",)),
    "starts": BrokenLane("distribution", "distributions", "started", "a distribution", "start", "trigger"),
    "countdown": BrokenLane("countdown", "countdowns", "followed", "a distribution"),
    "resumes": BrokenLane("paused distribution", "paused distributions", "resumed", "a distribution", "resumed"),
    "events": BrokenLane("event", "events", "reacted to", "an event", "events", "trigger", drop=(
        f"DELETE FROM event_work WHERE event_id = {_ID}",)),
    "dates": BrokenLane("day", "days", "looked for", "a kind of day, or one customer's"),
    "marks": BrokenLane("changed customer", "changed customers", "looked at by segments", "a customer", "segments", "trigger", drop=(
        f"DELETE FROM dirty_customers WHERE customer_id = {_ID}",)),
    "segment_times": BrokenLane("segment", "segments", "moved with the time", "a segment", "segment_times"),
    "sizes": BrokenLane("segment size", "segment sizes", "summed", "a segment"),
    "tallies": BrokenLane("count of deliveries", "counts of deliveries", "summed", "a count", drop=(
        f"DELETE FROM tally_deltas WHERE id = {_ID}",)),
    "pools": BrokenLane("count of codes", "counts of codes", "summed", "a count", drop=(
        f"DELETE FROM pool_deltas WHERE id = {_ID}",)),
    "low_pools": BrokenLane("pool of codes", "pools of codes", "forecast", "a campaign"),
    "leases": BrokenLane("lease of a lost worker", "leases of lost workers", "taken back", "a claim of deliveries"),
    "recipients": BrokenLane("message", "messages", "made", "a recipient"),
    "retries": BrokenLane("delivery", "deliveries", "sent when it was due", "a delivery"),
    "outcomes": BrokenLane("answer of a provider", "answers of providers", "kept in full", "a delivery"),
    "exchanges": BrokenLane("record of a call", "records of calls", "kept", "a delivery"),
    "mail": BrokenLane("account mail", "account mails", "made ready", "an account mail", "letters", "trigger", drop=(
        f"UPDATE letters SET state = 'failed', box = '', reason = 'Dropped by a person.' WHERE id = {_ID} AND state IN {_WAITING_MAIL}",)),
    "notices": BrokenLane("notice", "notices", "mailed", "a notice", "letters", "trigger"),
    "polls": BrokenLane("question to a provider", "questions to providers", "put", "an attempt", "polls"),
    "jobs": BrokenLane("piece of long work", "pieces of long work", "finished", "a job", "job", again=(_FAILED,)),
    "imports": BrokenLane("line of a file", "lines of files", "imported", "a line of an import"),
    "clock": BrokenLane("task of the clock", "tasks of the clock", "done", "a task of the clock"),
}  # fmt: skip
"""Key of a lane, as it is stored -> its row."""
