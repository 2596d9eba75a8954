"""What do the numbers say? /metrics for Prometheus: read from rows when it is asked, so that any web process tells of all processes.

Off unless LARGESSE_METRICS_TOKEN is set; then it is asked for as `Authorization: Bearer …`.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask, Response, abort, request
from sqlalchemy import QueuePool, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

import logs
import settings
from domain.insight.operation import broker, connections, process_reports, readiness
from domain.insight.operation.due_work import due_work
from domain.journal import quarantine
from domain.journal.lanes import LANES
from domain.kernel import clock, leadership
from domain.tables.journal import ProcessReport
from webapp.access import public
from webapp.database import db

log = logs.log(__name__)

METRICS = {
    "up": ("gauge", "Whether the database answered this scrape.", ()),
    "ready": ("gauge", "Whether a question of /readyz is answered well.", ("question",)),
    "due": ("gauge", "Work that is due, at most 10,000 of a kind.", ("lane", "kind")),
    "late": ("gauge", "The same, where its oldest is late: after a minute in the trigger lane, ten in the bulk lane.", ("lane", "kind")),
    "oldest_due_seconds": ("gauge", "How long the oldest of it has been due.", ("lane", "kind")),
    "broker_up": ("gauge", "Whether the broker takes what we write.", ()),
    "queue_length": ("gauge", "Nudges that wait in the broker.", ("lane",)),
    "messages": ("gauge", "Messages of all distributions by what became of them.", ("provider", "state")),
    "sends": ("counter", "Messages of calls by their fate, since the process began.", ("process", "connection", "provider", "fate")),
    "call_seconds": ("histogram", "How long calls to providers took.", ("process", "connection", "provider")),
    "connection_paused": ("gauge", "Whether a connection is paused, by a person or by its failures.", ("connection", "provider")),
    "connection_wait_seconds": ("gauge", "For how long a provider asked not to be called.", ("connection", "provider")),
    "connection_failing_seconds": ("gauge", "For how long every call has failed.", ("connection", "provider")),
    "process_up": ("gauge", "Processes that reported within the last two minutes.", ("process", "kind")),
    "pool_size": ("gauge", "Database connections that a process may hold.", ("process", "kind")),
    "pool_free": ("gauge", "Those of them that nobody uses.", ("process", "kind")),
    "receipts_waiting": ("gauge", "Receipts that were not applied, by state.", ("state",)),
    "broken_work": ("gauge", "What broke alone and is passed over until a person decides.", ("kind",)),
    "clock_task_failures": ("gauge", "How often in a row a task of the clock broke.", ("task",)),
    "clock_silence_seconds": ("gauge", "How long ago a clock was last here.", ()),
    "notices_open": ("gauge", "Notices that wait for a person; grave: something stopped.", ("grave",)),
}
"""Name without `largesse_` -> kind, what it says, labels."""
Families = Mapping[str, Any]
"""Name -> the library's family, to which samples are added."""


def init_app(app: Flask) -> None:
    """Answer /metrics."""
    app.add_url_rule("/metrics", "metrics", metrics)


@public
def metrics() -> Response:
    """All of them, as Prometheus reads them. A database that is away leaves `largesse_up 0`."""
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest  # keeps a web process without metrics small

    wanted, given = settings.current().metrics_token, request.headers.get("Authorization", "")
    if not wanted:
        abort(404)
    if not hmac.compare_digest(given.encode(), f"Bearer {wanted}".encode()):
        abort(403)
    return Response(generate_latest(_Scrape()), content_type=CONTENT_TYPE_LATEST)


metrics.skips_sign_in = True  # type: ignore[attr-defined] # a mark of views, asked for by its name


class _Scrape:
    """One look; the library calls `collect`."""

    def collect(self) -> Iterable[Any]:
        families, session = _empty(), db.session()
        try:
            session.execute(text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": "5s"})
            for part in PARTS:
                part(session, families)
            families["up"].add_metric([], 1)
        except SQLAlchemyError as why:
            log.warning("metrics could not be read", error=type(why).__name__)
            families = _empty()
            families["up"].add_metric([], 0)
        finally:
            session.rollback()
        return families.values()


def _empty() -> Families:
    from prometheus_client import core  # keeps a web process without metrics small

    kinds = {"gauge": core.GaugeMetricFamily, "counter": core.CounterMetricFamily, "histogram": core.HistogramMetricFamily}
    return {name: kinds[kind](f"largesse_{name}", about, labels=labels) for name, (kind, about, labels) in METRICS.items()}


def _due(session: Session, families: Families) -> None:
    for work in due_work(session):
        labels = [work.lane, work.kind]
        families["due"].add_metric(labels, work.due)
        families["late"].add_metric(labels, work.due if work.late else 0)
        families["oldest_due_seconds"].add_metric(labels, work.age.total_seconds() if work.due else 0)


def _queue(session: Session, families: Families) -> None:
    try:
        lengths = broker.lengths()
    except broker.BrokerAway:
        families["broker_up"].add_metric([], 0)
        return
    families["broker_up"].add_metric([], 1)
    for lane, count in lengths.items():
        families["queue_length"].add_metric([lane], count)


def _connections(session: Session, families: Families) -> None:
    now = clock.now(session)
    for row in connections.messages(session):
        families["messages"].add_metric([row.provider, row.state], row.count)
    for row in connections.waits(session):
        labels = [row.id.hex, row.provider]
        families["connection_paused"].add_metric(labels, int(row.paused))
        families["connection_wait_seconds"].add_metric(labels, float(row.waits or 0))
        failing = (now - row.failing_since).total_seconds() if row.failing_since else 0
        families["connection_failing_seconds"].add_metric(labels, failing)


def _processes(session: Session, families: Families) -> None:
    providers = {row.id.hex: row.provider for row in connections.waits(session)}
    for one in process_reports.alive(session):
        pool = one.report["pool"]
        families["process_up"].add_metric([one.process, one.kind], 1)
        _pool(families, [one.process, one.kind], pool["size"], pool["used"])
        _calls(families, one, providers)
    here = db.engine.pool
    if isinstance(here, QueuePool):
        _pool(families, ["web", "web"], here.size(), here.checkedout())


def _pool(families: Families, labels: list[str], size: int, used: int) -> None:
    families["pool_size"].add_metric(labels, size)
    families["pool_free"].add_metric(labels, size - used)


def _calls(families: Families, one: ProcessReport, providers: dict[str, str]) -> None:
    for connection, fate, count in one.report["messages"]:
        families["sends"].add_metric([one.process, connection, providers.get(connection, ""), fate], count)
    for connection, (*below, calls, total) in one.report["seconds"].items():
        buckets = [(str(most), count) for most, count in zip(one.report["buckets"], below, strict=True)]
        families["call_seconds"].add_metric([one.process, connection, providers.get(connection, "")], [*buckets, ("+Inf", calls)], total)


def _trouble(session: Session, families: Families) -> None:
    receipts = text("SELECT state, count(*) AS count FROM raw_receipts WHERE state IN ('pending', 'unknown') GROUP BY state")
    waiting = {"pending": 0, "unknown": 0} | {row.state: row.count for row in session.execute(receipts)}
    for state, count in waiting.items():
        families["receipts_waiting"].add_metric([state], count)
    broken = quarantine.counts(session)
    for kind in LANES:
        families["broken_work"].add_metric([kind], broken.get(kind, 0))
    for task in leadership.failing(session):
        families["clock_task_failures"].add_metric([task.name], task.failures)
    notices = text("SELECT grave, count(*) AS count FROM notices WHERE resolved_at IS NULL GROUP BY grave")
    open_ = {False: 0, True: 0} | {row.grave: row.count for row in session.execute(notices)}
    for grave, count in open_.items():
        families["notices_open"].add_metric([str(grave).lower()], count)
    seen = session.execute(text("SELECT last_seen_at FROM project")).scalar()
    if seen is not None:
        families["clock_silence_seconds"].add_metric([], (clock.now(session) - seen).total_seconds())


def _ready(session: Session, families: Families) -> None:
    for key, wrong in readiness.findings(session).items():
        families["ready"].add_metric([key], int(not wrong))


PARTS: tuple[Callable[[Session, Families], None], ...] = (_due, _queue, _connections, _processes, _trouble, _ready)
