"""What do nudges name? The table of jobs; each looks at rows, does what is due in short transactions, and stops when nothing is left.

A job that breaks is written down with a reference that finds the log line. Nothing is retried by the queue: the clock asks again.
"""

import threading
import uuid
from collections.abc import Callable

import dramatiq
from sqlalchemy.exc import InterfaceError, OperationalError

from domain.distributions.control import pause
from domain.journal import jobs, notices
from domain.kernel.nudges import Nudge
from domain.workspace.project import own_webhooks as webhooks
from domain.workspace.project import system_mail
from logs import log, within
from workers.queue import apart, broker, mutex
from workers.queue.by_name import function_of
from workers.queue.job_kinds import job_kind
from workers.session import transaction

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
        with transaction() as session:
            return jobs.advance(session, id, job_kind)

    try:
        mutex.until_quiet(look, "job", subject)
    except (OperationalError, InterfaceError):
        raise
    except Exception as broke:
        reference = _reference(broke, "job", subject)
        with transaction() as session:
            jobs.fail(session, id, job_kind, f"Something went wrong on our side. Reference {reference}.")


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
        except (OperationalError, InterfaceError):
            raise
        except Exception as broke:
            _broken_distribution(broke, work)
            return
        mutex.reset(*work)
    if more:
        broker.send(Nudge("distribution", subject, lane))


def _broken_distribution(broke: Exception, work: tuple[str, str, str]) -> None:
    reference = _reference(broke, *work)
    if mutex.back_off(*work) >= GIVES_UP_AFTER:
        with transaction() as session:
            pause.pause_because(session, uuid.UUID(work[1]), "plan_broken", f"Something went wrong on our side. Reference {reference}.")


def letters(subject: str, lane: str) -> None:
    """Account mail and notices, through the connection for system mail."""
    from workers.sending.dispatcher import http  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            notices.write_letters(session)
        try:
            with transaction() as session:
                bundle = system_mail.claim(session)
        except system_mail.Impossible:
            return False
        if bundle is None:
            return False
        try:
            outcomes = list(system_mail.call(http(), bundle))
        except Exception as broke:
            reference = _reference(broke, "letters", "")
            with transaction() as session:
                system_mail.put_back(session, bundle, f"Something went wrong on our side. Reference {reference}.")
            return True
        with transaction() as session:
            for letter in system_mail.record(session, outcomes):
                notices.letter_failed(session, letter)
        return True

    mutex.until_quiet(look, "letters")


def own_webhooks(subject: str, lane: str) -> None:
    """Webhooks of our own, one after the other; nothing is held during the call."""
    from workers.sending.dispatcher import http  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            wanted = webhooks.claim(session)
        if wanted is None:
            return False
        fate, reason = webhooks.call(http(), wanted)
        with transaction() as session:
            webhooks.record(session, wanted, fate, reason)
        return True

    mutex.until_quiet(look, "own_webhooks")


def polls(subject: str, lane: str) -> None:
    """Jobs of providers that must be asked whether they are done. Nothing is held during the question."""
    from domain.sending.receipts import poll  # keeps an idle worker small
    from workers.sending.dispatcher import http, persistently  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            question = poll.claim(session)
        if question is None:
            return False
        answered = poll.ask(http(), question, lambda broke: log(__name__).error("a provider's poll broke", exc_info=broke))
        persistently(lambda session: poll.record(session, question, answered), threading.Event())
        return True

    mutex.until_quiet(look, "polls")


def mailboxes(subject: str, lane: str) -> None:
    """Mailboxes that mails come back to, one after the other. Nothing is held during a look; a mail is kept before it is deleted."""
    from domain.sending.receipts import mailboxes as boxes  # keeps an idle worker small
    from integrations.contract import Collected  # keeps an idle worker small
    from workers.sending.dispatcher import http, persistently  # keeps an idle worker small

    def look() -> bool:
        with transaction() as session:
            mailbox = boxes.claim(session)
        if mailbox is None or mailbox.provider.collect is None:
            return False

        def keep(mail: bytes) -> bool:
            with transaction() as session:
                return boxes.keep(session, mailbox.connection_id, mail)

        try:
            found = mailbox.provider.collect(http(), mailbox.settings, keep, mailbox.left_before)
        except (OperationalError, InterfaceError):
            raise
        except Exception as broke:
            reference = _reference(broke, "mailboxes", str(mailbox.connection_id))
            found = Collected(left_ids=mailbox.left_before, problem=f"Something went wrong on our side. Reference {reference}.")
        persistently(lambda session: boxes.record(session, mailbox, found), threading.Event())
        return True

    mutex.until_quiet(look, "mailboxes")


LOOKS = {
    "start": "domain.distributions.control.start:start_due",
    "events": "domain.sending.recipients.from_event:react",
    "segments": "domain.customers.membership.refresh:work",
    "segment_times": "domain.customers.membership.time_changes:work",
    "receipts": "domain.sending.receipts.apply:apply_waiting",
    "late_receipts": "domain.sending.receipts.apply:apply_late",
    "codes_back": "domain.distributions.control.resume_waiting:after_codes",
    "resumed": "domain.distributions.control.resume_waiting:after_connections",
}
"""Name of a nudge -> what is done until it says that nothing is left."""
JOBS: dict[str, Job] = {name: _looking(step) for name, step in LOOKS.items()} | {
    "job": long_work,
    "distribution": distribution,
    "letters": letters,
    "notices": letters,
    "polls": polls,
    "own_webhooks": own_webhooks,
    "mailboxes": mailboxes,
}
"""Name of a nudge -> what it does."""
CALLS_PEERS = frozenset({"distribution", "letters", "notices", "polls", "own_webhooks", "mailboxes"})
"""Those that may wait for somebody else's server."""


def _reference(broke: BaseException, *about: str) -> str:
    reference = uuid.uuid4().hex[:8]
    log(__name__).error("work broke", about=" ".join(about), reference=reference, exc_info=broke)
    return reference


def do(name: str, subject: str, lane: str) -> None:
    """Do one job. A database that is away is no fault of the job: it is logged, and the clock asks again."""
    try:
        with within(job=name, subject=subject):
            JOBS[name](subject, lane)
    except (OperationalError, InterfaceError) as away:
        log(__name__).warning("the database does not answer; the clock will ask again", job=name, error=type(away.orig).__name__)
    except Exception as broke:
        _reference(broke, name, subject)


def declare() -> None:
    """Let the broker that was set up hand every nudge to its job."""
    for name in JOBS:
        _declare(name)


def _declare(name: str) -> None:
    def run(subject: str = "", lane: str = "bulk") -> None:
        if name in CALLS_PEERS:
            apart.begin(do, name, subject, lane)
        else:
            do(name, subject, lane)

    dramatiq.actor(actor_name=name, queue_name="bulk")(run)
