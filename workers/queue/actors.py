"""What do nudges name? The table of jobs; each looks at rows, does what is due in short transactions, and stops when nothing is left.

A job that breaks is written down with a reference that finds the log line. Nothing is retried by the queue: the clock asks again.
"""

import uuid
from collections.abc import Callable

import dramatiq

from domain.distributions.control import pause
from domain.journal import jobs, quarantine
from domain.journal.trouble import is_trouble, name_of, sqlstate
from domain.kernel.nudges import Nudge
from logs import log, within
from workers.queue import apart, broker, mutex, peers
from workers.queue.by_name import function_of
from workers.queue.job_kinds import job_kind
from workers.session import STEP, transaction

Job = Callable[[str, str], None]
"""Takes the subject of the nudge and its lane."""
GIVES_UP_AFTER = 5
"""How often in a row a distribution may break by a fault of ours before it pauses."""


def _looking(step: str) -> Job:
    """A job that calls `module:function(session) -> bool` until it says that nothing more is to be done."""

    def look() -> bool:
        with transaction() as session:
            return bool(function_of(step)(session))

    def job(subject: str, lane: str) -> None:
        mutex.until_quiet(look, step, lane)

    return job


def long_work(subject: str, lane: str) -> None:
    """`domain.journal.jobs`: an import, a generation of codes, a sync; step by step."""
    id = uuid.UUID(subject)

    def look() -> bool:
        with transaction(STEP) as session:
            return jobs.advance(session, id, job_kind)

    try:
        mutex.until_quiet(look, "job", subject)
    except Exception as broke:
        if is_trouble(broke):
            raise
        with transaction() as session:
            reference = quarantine.write_down(session, "jobs", id, broke)
            jobs.fail(session, id, job_kind, f"Something went wrong on our side. Reference {reference}.")


def late_receipts(subject: str, lane: str) -> None:
    """Receipts of unknown messages, a page after the other: each is asked once a look, however many stay unknown before it."""
    from domain.sending.receipts.apply import apply_late  # keeps an idle worker small

    after: uuid.UUID | None = None

    def look() -> bool:
        nonlocal after
        with transaction() as session:
            after = apply_late(session, after)
        return after is not None

    mutex.until_quiet(look, "late_receipts", lane)


def distribution(subject: str, lane: str) -> None:
    """Send what a distribution has to send in this lane; what is left after a while is asked for again, so that others get their turn."""
    from workers.sending.run_distribution import Run  # keeps an idle worker small

    work = ("distribution", subject, lane)
    more = False
    with mutex.only_one(*work) as mine:
        if not mine:
            return
        try:
            more = Run(uuid.UUID(subject), lane, apart.stopping).go()
            more = mutex.asked_again(*work) or more
        except Exception as broke:
            if is_trouble(broke):
                raise
            _broken_distribution(broke, work)
            return
        mutex.reset(*work)
    if more:
        broker.send(Nudge("distribution", subject, lane))


def _broken_distribution(broke: Exception, work: tuple[str, str, str]) -> None:
    reference = quarantine.new_reference(broke, *work)
    if mutex.back_off(*work) >= GIVES_UP_AFTER:
        with transaction() as session:
            pause.pause_because(session, uuid.UUID(work[1]), "plan_broken", f"Something went wrong on our side. Reference {reference}.")


LOOKS = {
    "start": "domain.distributions.control.start:start_due",
    "events": "domain.sending.recipients.from_event:react",
    "segments": "domain.customers.membership.refresh:work",
    "many_segments": "domain.customers.membership.refresh:work_on_many",
    "segment_times": "domain.customers.membership.time_changes:work",
    "receipts": "domain.sending.receipts.apply:apply_waiting",
    "codes_back": "domain.distributions.control.resume_waiting:after_codes",
    "resumed": "domain.distributions.control.resume_waiting:after_connections",
}
"""Name of a nudge -> what is done until it says that nothing is left."""
JOBS: dict[str, Job] = {name: _looking(step) for name, step in LOOKS.items()} | {
    "job": long_work,
    "late_receipts": late_receipts,
    "distribution": distribution,
    "letters": peers.letters,
    "notices": peers.letters,
    "polls": peers.polls,
    "own_webhooks": peers.own_webhooks,
    "opt_outs": peers.opt_outs,
    "mailboxes": peers.mailboxes,
}
"""Name of a nudge -> what it does."""
CALLS_PEERS = frozenset({"distribution", "letters", "notices", "polls", "own_webhooks", "mailboxes", "opt_outs"})
"""Those that may wait for somebody else's server."""


def do(name: str, subject: str, lane: str) -> None:
    """Do one job. A database that is away is no fault of the job: it is logged, and the clock asks again."""
    try:
        with within(job=name, subject=subject):
            JOBS[name](subject, lane)
    except Exception as broke:
        if is_trouble(broke):
            named = {"job": name, "subject": subject, "lane": lane, "error": name_of(broke), "code": sqlstate(broke)}
            log(__name__).warning("the database does not do it now; the clock will ask again", **named)
        else:
            quarantine.new_reference(broke, name, subject)


def begin(name: str, subject: str, lane: str) -> None:
    """Do one job here, or beside where it may wait for a peer."""
    if name in CALLS_PEERS:
        apart.begin(do, name, subject, lane)
    else:
        do(name, subject, lane)


def declare() -> None:
    """Let the broker that was set up hand every nudge to its job."""
    for name in JOBS:
        _declare(name)


def _declare(name: str) -> None:
    def run(subject: str = "", lane: str = "bulk") -> None:
        begin(name, subject, lane)

    dramatiq.actor(actor_name=name, queue_name="bulk")(run)
