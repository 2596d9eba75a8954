"""`largesse doctor`: does everything add up? A table of questions, each answered with nothing, or with what is wrong and what to do."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import settings
from domain.customers.membership import sizes
from domain.incentives.ledger import check as ledger
from domain.insight.operation import broker, readiness
from domain.insight.operation.due_work import due_work
from domain.journal import quarantine
from domain.kernel import clock, leadership, secrets
from domain.sending.receipts import mailboxes
from domain.sending.states import tallies
from domain.tables.connections import Connection
from domain.tables.workspace import Project
from workers.commands.check_database import findings
from workers.session import driver_url

LONG = 30.0
"""Seconds after which a transaction is long."""
MOST_NUDGES = 1_000
"""Nudges that may wait; each stands for a look, not for a message."""


@dataclass(frozen=True)
class DoctorCheck:
    """Something to look at. `ask` returns a sentence for each thing that is wrong."""

    title: str
    ask: Callable[[Session], list[str]]
    remedy: str


def clock_tasks(session: Session) -> list[str]:
    """Which tasks of the clock broke when they last ran."""
    return [
        f"{task.name} broke {task.failures} times in a row, last at {task.failed_at:%H:%M} UTC on {task.failed_at:%d %B}: {task.error}."
        for task in leadership.failing(session)
    ]


def credentials(session: Session) -> list[str]:
    """Whether every credential fits one of our keys."""
    wrong = []
    for name, box in session.execute(select(Connection.name, Connection.secrets).where(Connection.secrets != b"")):
        try:
            secrets.decrypt(box)
        except ValueError as why:
            wrong.append(f"{name}: {why}")
    return wrong


def leases(session: Session) -> list[str]:
    """Whether work was claimed long ago and neither done nor given back."""
    rows = session.execute(
        text("""SELECT lane, state, sum(cardinality(deliveries)) AS held FROM delivery_claims
                WHERE lease_until < :before GROUP BY lane, state ORDER BY lane, state"""),
        {"before": clock.now(session) - datetime.timedelta(minutes=10)},
    )
    return [f"{row.held} {row.state} deliveries of the {row.lane} lane have been overdue for more than ten minutes." for row in rows]


def first_clock(session: Session) -> list[str]:
    """Whether a clock ever ran."""
    return [] if session.scalar(select(Project.last_seen_at)) else ["No clock ever ran on this database."]


def late(session: Session) -> list[str]:
    """What is due and late, by lane: late is a minute in the trigger lane, ten in the bulk lane."""
    return [work.words for work in due_work(session) if work.late]


def long_statements(session: Session) -> list[str]:
    """Whether a transaction has been open for so long that it slows the others down."""
    rows = session.execute(
        text("""SELECT pid, state, application_name, extract(epoch FROM clock_timestamp() - xact_start) AS seconds,
                       cardinality(pg_blocking_pids(pid)) AS behind
                FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                  AND xact_start < clock_timestamp() - make_interval(secs => :seconds) ORDER BY xact_start LIMIT 5"""),
        {"seconds": LONG},
    )
    told = []
    for row in rows:
        behind = ", waiting for another" if row.behind else ""
        told.append(f"process {row.pid} has a transaction of {row.seconds:,.0f} s ({row.state}{behind}).")
    return told


def segments(session: Session) -> list[str]:
    """Which segments are behind: their sync broke off, or stands still."""
    rows = session.execute(
        text("""SELECT s.name, s.sync, s.sync_error FROM segments s LEFT JOIN LATERAL (
                    SELECT coalesce(lease_until, created_at) AS since FROM jobs
                    WHERE subject_id = s.id AND kind = 'sync_segment' ORDER BY id DESC LIMIT 1) AS j ON true
                WHERE s.sync = 'failed' OR (s.sync = 'syncing' AND coalesce(j.since, s.updated_at) < :before)
                ORDER BY s.name_key LIMIT 20"""),
        {"before": clock.now(session) - datetime.timedelta(minutes=10)},
    )
    said = {"failed": "its sync failed", "syncing": "its sync stands still"}
    return [f"{row.name}: {said[row.sync]}. {row.sync_error}".strip() for row in rows]


def queue(session: Session) -> list[str]:
    """Whether nudges pile up: nobody takes them."""
    try:
        return [f"{count:,} nudges wait in the {lane} lane." for lane, count in broker.lengths().items() if count > MOST_NUDGES]
    except broker.BrokerAway:
        return []


def paused_connections(session: Session) -> list[str]:
    """Which connections were stopped by what their provider said."""
    stopped = """SELECT name, paused_reason FROM connections
                 WHERE paused_reason <> '' AND paused_at IS NOT NULL AND archived_at IS NULL ORDER BY name_key"""
    rows = session.execute(text(stopped))
    return [f"{row.name}: {row.paused_reason}" for row in rows]


def database(session: Session) -> list[str]:
    """What is odd about the database itself."""
    return [f"{finding.words} {finding.remedy}" for finding in findings(session)]


def _ready(check: readiness.ReadinessCheck) -> Callable[[Session], list[str]]:
    return lambda session: list(check.ask(session))


def broken_work(session: Session) -> list[str]:
    """What is passed over because it broke alone."""
    return [f"{quarantine.sentence(lane, many)}." for lane, many in quarantine.counts(session).items()]


READY = {
    "migrations": "Database at the newest migration",
    "broker": "Broker answers",
    "disk": "There is room on the disk",
    "clock": "Clock ticks",
    "due_work": "Nothing due is stuck",
}
"""The questions of /readyz as `doctor` puts them."""

QUESTIONS = (
    *(DoctorCheck(READY[check.key], _ready(check), check.remedy) for check in readiness.CHECKS),
    DoctorCheck("Database is as Largesse needs it", database, "See docs/operating/growing.md."),
    DoctorCheck("A clock is known here", first_clock, "Start `largesse clock`; without it nothing falls due."),
    DoctorCheck("Nothing broke alone", broken_work, "Look at Settings, Broken work: try again what was mended, drop the rest."),
    DoctorCheck("Tasks of the clock do well", clock_tasks, "The clock's log says what broke, by this key."),
    DoctorCheck("Nothing due is late", late, "Start more workers for this lane, or see below what holds it."),
    DoctorCheck("Nudges are taken", queue, "Start `largesse worker` for this lane."),
    DoctorCheck("No transaction is long", long_statements, "If nobody needs it: SELECT pg_terminate_backend(<process>); as its user."),
    DoctorCheck("Segments are current", segments, "Open the segment and save it, or see the workers' log."),
    DoctorCheck(
        "No connection was stopped by its provider", paused_connections, "See its page, put right what it says, and resume it there."
    ),
    DoctorCheck(
        "Mailboxes of returned mails can be read", mailboxes.unreadable, "See the page of the connection, and put right what it says."
    ),
    DoctorCheck("Credentials can be read", credentials, "Put the missing key back, or enter the credentials again."),
    DoctorCheck("Every code is in exactly one state", ledger.check, "Report this as a bug, with these lines."),
    DoctorCheck("Counts of deliveries equal their rows", tallies.check, "Report this as a bug, with these lines."),
    DoctorCheck("Sizes of segments equal their lists", sizes.check, "Report this as a bug, with these lines."),
    DoctorCheck("No lease is stuck", leases, "Start `largesse worker` for this lane; leases come back by themselves."),
)


def _answer(engine: Engine, question: DoctorCheck) -> list[str]:
    with Session(engine) as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        return question.ask(session)


def visit(say: Callable[[str], object]) -> bool:
    """Ask every question and say the answers; whether all is well."""
    engine = create_engine(driver_url(settings.current().database_url), hide_parameters=True)
    try:
        answers = {question: _answer(engine, question) for question in QUESTIONS}
    except SQLAlchemyError as why:
        say(f"✗ The database does not answer, or not as expected: {type(why).__name__}. Start it, or correct DATABASE_URL.")
        return False
    finally:
        engine.dispose()
    for question, wrong in answers.items():
        say(f"{'✗' if wrong else '✓'} {question.title}")
        for line in wrong:
            say(f"    {line}")
        if wrong:
            say(f"    {question.remedy}")
    return not any(answers.values())
