"""What operators are told by HTTP: whether the process lives, whether the installation can work, and its numbers."""

import datetime
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session

import settings
from domain.insight.operation import due_work, process_reports
from domain.journal import quarantine
from domain.kernel import clock
from domain.tables.workspace import current_project
from tests.journeys.installation import ROOT
from tests.scenes import Scene
from tests.webapp.conftest import Browser
from webapp.metrics import METRICS

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
TOKEN = "only-prometheus-knows"


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch, client: Browser) -> Iterator[str]:
    monkeypatch.setenv("LARGESSE_METRICS_TOKEN", TOKEN)
    settings.current.cache_clear()
    yield TOKEN
    settings.current.cache_clear()


def scraped(client: Browser) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


def test_the_process_is_alive_and_not_ready_when_the_database_breaks(client: Browser, session: Session) -> None:
    session.execute(text("DROP TABLE alembic_version"))

    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["wrong"]["database"]["remedy"].startswith("Start it")


def test_ready_says_so_and_asks_every_question(client: Browser) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {"ready": True, "wrong": {}, "asked": ["broker", "clock", "database", "disk", "due_work", "migrations"]}


def test_what_keeps_it_from_its_work_is_said_with_a_remedy(client: Browser, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(session)
    scene.scheduled().due_at = scene.now - datetime.timedelta(minutes=6)
    current_project(session).last_seen_at = scene.now - datetime.timedelta(hours=2)
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    monkeypatch.setenv("BROKER_URL", "redis://127.0.0.1:9/0")
    settings.current.cache_clear()

    answer = client.get("/readyz")
    settings.current.cache_clear()

    assert answer.status_code == 503
    wrong: dict[str, Any] = answer.json["wrong"]
    assert set(wrong) == {"migrations", "broker", "clock", "due_work"}
    assert wrong["migrations"]["wrong"][0].startswith("The database is at migration 0001")
    assert wrong["migrations"]["remedy"] == "Run `largesse migrate`."
    assert wrong["due_work"]["wrong"] == ["start, trigger lane: 1 due, the oldest for 360 s."]
    assert "7,200 seconds" in wrong["clock"]["wrong"][0]
    assert "ConnectionError" in wrong["broker"]["wrong"][0]


def test_work_is_late_by_the_patience_of_its_lane(session: Session) -> None:
    two_minutes_ago = int((clock.now(session) - datetime.timedelta(minutes=2)).timestamp() * 1000)
    mark = text("""INSERT INTO dirty_customers (id, customer_id, facts, depth, silent, lane)
                   VALUES (CAST(:id AS uuid), CAST(:id AS uuid), '{}', 0, :silent, :lane)""")
    for silent in (True, False):
        session.execute(
            mark, {"id": f"{two_minutes_ago:012x}7000800000000000000{silent:d}", "silent": silent, "lane": "bulk" if silent else "trigger"}
        )

    found = {(work.kind, work.lane): work for work in due_work.due_work(session)}

    loud, quiet = found["changed customers", "trigger"], found["imported customers", "bulk"]
    assert (loud.due, quiet.due) == (1, 1)
    assert abs(loud.age.total_seconds() - 120) < 1
    assert loud.late
    assert not quiet.late
    assert not loud.stuck


@pytest.mark.parametrize("status", ["live", "ended", "stopped", "draft"])
def test_what_was_ended_or_stopped_still_has_to_serve_counts(session: Session, status: str) -> None:
    scene = Scene(session)
    distribution, customer = scene.live(), scene.customer("Cy", "cy@maple.example")
    distribution.status, distribution.started_at = status, None if status == "draft" else scene.now
    session.flush()
    session.execute(
        text("""INSERT INTO recipients (distribution_id, once_key, customer_id, version, lane, created_at)
                VALUES (:distribution, 'x', :customer, 1, 'trigger', :then)"""),
        {"distribution": distribution.id, "customer": customer.id, "then": scene.now - datetime.timedelta(hours=1)},
    )

    late = {(work.kind, work.lane): work.due for work in due_work.due_work(session) if work.late}

    assert late == ({} if status == "draft" else {("people", "trigger"): 1})


def test_metrics_want_the_token_and_are_not_there_without_one(client: Browser, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer guess"}).status_code == 403
    monkeypatch.setenv("LARGESSE_METRICS_TOKEN", "")
    settings.current.cache_clear()
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_every_family_is_told_with_its_labels(client: Browser, session: Session, token: str) -> None:
    scene = Scene(session)
    scene.sandbox.paused_at, scene.sandbox.failing_since = scene.now, scene.now - datetime.timedelta(minutes=3)
    connection = scene.sandbox.id.hex
    row = scene.scheduled()
    session.execute(
        text("INSERT INTO tallies (distribution_id, channel, state, reason, minute, count) VALUES (:id, 'c1', 'accepted', '', :now, 7)"),
        {"id": row.id, "now": scene.now},
    )
    current_project(session).last_seen_at = scene.now
    report = {
        "messages": [[connection, "accepted", 5]], "seconds": {connection: [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0.4]},
        "buckets": [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0], "pool": {"size": 15, "used": 4},
    }  # fmt: skip
    process_reports.write(session, "worker-bulk:here:1", "worker-bulk", report)
    session.execute(text("INSERT INTO clock_tasks (name, failures, error, failed_at) VALUES ('receipts.apply', 3, 'ValueError', now())"))
    for n in range(2):
        quarantine.write_down(session, "receipts", f"a receipt {n}", ValueError())

    found = scraped(client)

    assert found["largesse_up"] == {(): 1.0}
    assert found["largesse_messages"][("provider", "sandbox"), ("state", "accepted")] == 7
    of_call = (("connection", connection), ("fate", "accepted"), ("process", "worker-bulk:here:1"), ("provider", "sandbox"))
    assert found["largesse_sends_total"][of_call] == 5
    assert found["largesse_pool_free"][("kind", "worker-bulk"), ("process", "worker-bulk:here:1")] == 11
    assert found["largesse_connection_paused"][("connection", connection), ("provider", "sandbox")] == 1
    assert found["largesse_connection_failing_seconds"][("connection", connection), ("provider", "sandbox")] == 180
    assert found["largesse_clock_task_failures"][(("task", "receipts.apply"),)] == 3
    assert found["largesse_broken_work"][(("kind", "receipts"),)] == 2
    assert found["largesse_broken_work"][(("kind", "events"),)] == 0
    without = {name for name, (kind, _, _) in METRICS.items() if kind == "gauge" and f"largesse_{name}" not in found}
    assert without == {"queue_length"}, "the broker of the tests is in memory"


def test_rows_of_processes_that_are_gone_are_not_told(session: Session) -> None:
    process_reports.write(session, "clock:here:1", "clock", {})
    assert len(process_reports.alive(session)) == 1

    clock.shift(session, datetime.timedelta(minutes=3))

    assert process_reports.alive(session) == []


def named(expression: str) -> set[str]:
    return {name.removesuffix("_total").removesuffix("_bucket") for name in re.findall(r"largesse_(\w+)", expression)}


def test_every_metric_of_an_alert_and_of_the_page_exists_and_every_alert_says_what_to_do() -> None:
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    page = (ROOT / "docs" / "operating" / "alerts.md").read_text()

    assert {name for rule in rules for name in named(rule["expr"])} <= set(METRICS)
    assert named("\n".join(line for line in page.splitlines() if line.startswith("| `largesse_"))) == set(METRICS)
    for rule in rules:
        assert rule["alert"] in page
        labels = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert labels <= {label for name in named(rule["expr"]) for label in METRICS[name][2]}, rule["alert"]
