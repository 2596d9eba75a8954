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
    meanwhile: str
    """What is so while one or many are passed over, as a sentence."""
    nudge: str = ""
    """The job to ask for when a person wants it tried again; empty: the clock comes by itself."""
    lane: str = "bulk"
    drop: tuple[str, ...] = ()
    """What happens to `:item` when a person drops it; empty: nothing waits, the line just goes."""
    again: tuple[str, ...] = ()
    """What must be put back before `:item` can be tried again."""
    final: bool = False
    """Whether nothing is left to try again: the row only tells of it."""


_ID = "CAST(:item AS uuid)"

_WAITING_RECEIPTS, _WAITING_MAIL = "('pending', 'unknown')", "('waiting', 'open')"
_FAILED = f"UPDATE jobs SET state = 'queued', error = '', ended_at = NULL WHERE id = {_ID} AND state = 'failed'"

LANES: dict[str, BrokenLane] = {
    "receipts": BrokenLane(
        "receipt",
        "receipts",
        "read",
        "a raw receipt",
        "Kept as received; what stands inside is not known meanwhile.",
        "receipts",
        drop=(
            f"UPDATE raw_receipts SET state = 'refused', reason = 'Dropped by a person.' WHERE id = {_ID} AND state IN {_WAITING_RECEIPTS}",
        ),
    ),
    "starts": BrokenLane(
        "distribution", "distributions", "started", "a distribution", "Still scheduled; recipients wait.", "start", "trigger"
    ),
    "countdown": BrokenLane("countdown", "countdowns", "followed", "a distribution", "Waiting for a segment."),
    "resumes": BrokenLane("paused distribution", "paused distributions", "resumed", "a distribution", "Still paused.", "resumed"),
    "events": BrokenLane(
        "event",
        "events",
        "reacted to",
        "an event",
        "Live distributions do not react.",
        "events",
        "trigger",
        drop=(f"DELETE FROM event_work WHERE event_id = {_ID}",),
    ),
    "dates": BrokenLane(
        "day",
        "days",
        "looked for",
        "a kind of day, or one customer's",
        "A kind of day is looked for from where it broke; a day of one customer is found by Try again.",
    ),
    "marks": BrokenLane(
        "changed customer",
        "changed customers",
        "looked at by segments",
        "a customer",
        "Segments keep the customer as before.",
        "segments",
        "trigger",
        drop=(f"DELETE FROM dirty_customers WHERE customer_id = {_ID}",),
    ),
    "segment_times": BrokenLane(
        "segment",
        "segments",
        "moved with the time",
        "a segment",
        "Customers stay as they were when the time was last read.",
        "segment_times",
    ),
    "sizes": BrokenLane("segment size", "segment sizes", "summed", "a segment", "The number is behind; the members are right."),
    "tallies": BrokenLane(
        "count of deliveries",
        "counts of deliveries",
        "summed",
        "a count",
        "Numbers of a report are behind; the deliveries are right.",
        drop=(f"DELETE FROM tally_deltas WHERE id = {_ID}",),
    ),
    "pools": BrokenLane(
        "count of codes",
        "counts of codes",
        "summed",
        "a count",
        "Numbers of a campaign are behind; the codes are right.",
        drop=(f"DELETE FROM pool_deltas WHERE id = {_ID}",),
    ),
    "low_pools": BrokenLane("pool of codes", "pools of codes", "forecast", "a campaign", "Nobody is warned when codes run low."),
    "pool_alerts": BrokenLane("alert of a low pool", "alerts of low pools", "told", "a campaign", "Nobody is told that codes run low."),
    "webhooks": BrokenLane(
        "webhook of our own",
        "webhooks of our own",
        "posted",
        "a webhook of our own",
        "Still waiting.",
        "own_webhooks",
        "trigger",
        drop=(
            f"UPDATE outgoing_webhooks SET state = 'failed', reason = 'Dropped by a person.' WHERE id = {_ID} AND state IN {_WAITING_MAIL}",
        ),
    ),
    "mailboxes": BrokenLane(
        "mailbox", "mailboxes", "looked into", "a connection", "Mails that came back stay there, and are not known of.", "mailboxes"
    ),
    "opt_outs": BrokenLane(
        "opt-out to tell",
        "opt-outs to tell",
        "told to a platform",
        "a connection, a kind of address and its hash",
        "Nobody is written to; the platform does not know it yet.",
        "opt_outs",
        drop=(
            "UPDATE opt_outs_to_tell SET state = 'failed', reason = 'Dropped by a person.', due_at = NULL"
            " WHERE concat_ws(' ', connection_id, kind, hash) = :item AND state = 'waiting'",
        ),
    ),
    "leases": BrokenLane(
        "lease of a lost worker",
        "leases of lost workers",
        "taken back",
        "a claim of deliveries",
        "Deliveries are neither sent nor called unsure.",
    ),
    "recipients": BrokenLane(
        "message", "messages", "made", "a recipient", "Left out as “something went wrong on our side”; may be sent again."
    ),
    "retries": BrokenLane("delivery", "deliveries", "sent when it was due", "a delivery", "Still ready, and not sent."),
    "outcomes": BrokenLane(
        "answer of a provider",
        "answers of providers",
        "kept in full",
        "a delivery",
        "What became of the message is right; the provider’s words are missing.",
        final=True,
    ),
    "exchanges": BrokenLane(
        "record of a call", "records of calls", "kept", "a delivery", "The delivery is right; request and answer are not kept.", final=True
    ),
    "mail": BrokenLane(
        "account mail",
        "account mails",
        "made ready",
        "an account mail",
        "Still waiting.",
        "letters",
        "trigger",
        drop=(
            f"UPDATE letters SET state = 'failed', box = '', reason = 'Dropped by a person.' WHERE id = {_ID} AND state IN {_WAITING_MAIL}",
        ),
    ),
    "notices": BrokenLane("notice", "notices", "mailed", "a notice", "On Home, but not mailed.", "letters", "trigger"),
    "polls": BrokenLane("question to a provider", "questions to providers", "put", "an attempt", "Deliveries stay on their way.", "polls"),
    "jobs": BrokenLane(
        "piece of long work",
        "pieces of long work",
        "finished",
        "a job",
        "Failed, with the reference.",
        "job",
        again=(_FAILED,),
    ),
    "imports": BrokenLane(
        "line of a file",
        "lines of files",
        "imported",
        "a line of an import",
        "Left out, with the reference beside the number: import the line again.",
        final=True,
    ),
    "clock": BrokenLane(
        "task of the clock",
        "tasks of the clock",
        "done",
        "a task of the clock",
        "Asked again ever more seldom; leaves this list when done well.",
    ),
}
"""Key of a lane, as it is stored -> its row."""
