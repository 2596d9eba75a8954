"""`largesse doctor`: does everything add up? A table of questions, each answered with nothing, or with what is wrong and what to do."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import redis
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import settings
from domain.customers.membership import sizes
from domain.incentives.ledger import check as ledger
from domain.journal import quarantine
from domain.kernel import clock, leadership, secrets
from domain.sending.states import tallies
from domain.tables.connections import Connection
from domain.tables.workspace import Project
from resources import newest_migration
from workers.session import driver_url


@dataclass(frozen=True)
class DoctorCheck:
    """Something to look at. `ask` returns a sentence for each thing that is wrong."""

    title: str
    ask: Callable[[Session], list[str]]
    remedy: str


def migrations(session: Session) -> list[str]:
    """Whether the database is where the program is."""
    newest = newest_migration()
    at = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return [] if at == newest else [f"The database is at {at}, the program needs {newest}."]


def broker(session: Session) -> list[str]:
    """Whether nudges can travel."""
    url = settings.current().broker_url
    if url.startswith("stub:"):
        return []
    try:
        redis.Redis.from_url(url, socket_timeout=5).ping()
    except redis.RedisError as why:
        return [f"It does not: {type(why).__name__}."]
    return []


def heartbeat(session: Session) -> list[str]:
    """Whether a clock was here within the last minute."""
    seen = session.scalar(select(Project.last_seen_at))
    if seen is None:
        return ["No clock ever ran on this database."]
    away = clock.now(session) - seen
    return [f"Its last sign of life is {away.total_seconds():.0f} seconds old."] if away > datetime.timedelta(minutes=1) else []


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


def broken_work(session: Session) -> list[str]:
    """What is passed over because it broke alone."""
    return [f"{quarantine.sentence(lane, many)}." for lane, many in quarantine.counts(session).items()]


QUESTIONS = (
    DoctorCheck("Database at the newest migration", migrations, "Run `largesse migrate`."),
    DoctorCheck("Broker answers", broker, "Start it, or correct BROKER_URL. Nothing is lost meanwhile."),
    DoctorCheck("Clock ticks", heartbeat, "Start `largesse clock`; without it nothing falls due."),
    DoctorCheck("Nothing broke alone", broken_work, "Look at Settings, Broken work: try again what was mended, drop the rest."),
    DoctorCheck("Tasks of the clock do well", clock_tasks, "The clock's log says what broke, by this key."),
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
    engine = create_engine(driver_url(settings.current().database_url))
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
