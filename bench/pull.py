"""What platforms ask at send time, against a bare endpoint with one SELECT: same server, same database, as many calls."""

import http.client
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

import settings
from bench.compare import RUNS, Comparison, compare
from bench.cost import Cost, Watched
from bench.installation import postmaster, servers
from bench.receipts import SENDERS, served
from domain.incentives.ledger.publish import publish
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer
from domain.workspace.api_keys import create
from settings import driver_url
from tests.sending import a_campaign, a_segment

Ask = tuple[str, str, str]
"""Method, path, body."""
PEOPLE = 1_000
WARM = 200
"""Calls before it counts: everything is imported then, and statements are known."""
MOST = 1_000_000
"""Calls a minute that the key of the bench may make."""


def bare() -> None:
    """Serve the floor: who this is, by one SELECT; no key, no limit, nothing checked."""
    from webapp.api.door import no_request
    from workers.processes import web_processes

    app = Flask("bare")
    now = settings.current()
    engine = create_engine(driver_url(now.database_url), pool_size=now.web_threads)

    @app.get("/bare/<id>")
    def ask(id: str) -> dict[str, Any]:
        with engine.connect() as connection:
            row = connection.execute(text("SELECT id::text, name, email FROM customers WHERE source_id = :id"), {"id": id}).one()
        return dict(row._mapping)

    web_processes.serve(app, no_request.answer)


def redeemables(calls: int, runs: int = RUNS) -> Comparison:
    """Calls a second for the codes of customers who hold one each."""
    return _compared("redeemables", calls, lambda n, _: ("GET", f"/v1/customers/pull-{n % PEOPLE}/redeemables", ""), runs)


def codes(calls: int, runs: int = RUNS) -> Comparison:
    """Codes a second, given by name of the campaign, each by a question of its own."""

    def ask(n: int, campaign: str) -> Ask:
        wanted = {"campaign": campaign, "customer": {"source_id": f"pull-{n % PEOPLE}"}, "source_id": uuid.uuid4().hex}
        return ("POST", "/v1/publications", json.dumps(wanted))

    return _compared("give a code", calls, ask, runs)


def _compared(name: str, calls: int, ask: Callable[[int, str], Ask], runs: int) -> Comparison:
    with servers() as (where, url, engine):
        with Session(engine) as session:
            a_segment(session, PEOPLE)
            session.execute(text("UPDATE customers SET source_id = 'pull-' || (split_part(typed_name, ' ', 2)::int - 1)"))
            campaign = a_campaign(session, (calls + WARM) * runs + PEOPLE, join_once=False)
            word = outside(Prefix.CAMPAIGN, campaign.id)
            for who in session.scalars(select(Customer.id)).all():
                publish(session, campaign.id, who)
            made = create.make(session, SYSTEM, "Bench", per_minute=MOST)
            headers = {"X-App-Id": made.key.app_id, "X-App-Token": made.token, "Content-Type": "application/json"}
            session.execute(text("ANALYZE"))
            session.commit()
        watched = Watched(engine, postmaster(where))

        def measured(words: str, one: Callable[[int], Ask]) -> Cost:
            asks = [one(n) for n in range(calls)]
            with served(url, words) as (port, pid):
                _asked(port, [one(n) for n in range(WARM)], {} if "bare" in words else headers)  # everything is imported
                watched.ours = [pid]
                with watched.stretch() as cost:
                    _asked(port, asks, headers)
            return cost

        door, floor = "import wsgi; wsgi.serve()", "from bench import pull; pull.bare()"
        return compare(
            name,
            calls,
            lambda: measured(floor, lambda n: ("GET", f"/bare/pull-{n % PEOPLE}", "")),
            lambda: measured(door, lambda n: ask(n, word)),
            runs,
        )


def _asked(port: int, asks: list[Ask], headers: dict[str, str]) -> None:
    wrong: list[str] = []

    def send(some: list[Ask]) -> None:
        peer = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for method, path, body in some:
            peer.request(method, path, body or None, headers)
            answer = peer.getresponse()
            told = answer.read()
            if answer.status != 200:
                wrong.append(f"{answer.status} {told[:200]!r}")

    threads = [threading.Thread(target=send, args=(asks[n::SENDERS],)) for n in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[0]
