"""A scene for every lane: three items to be done, of which a fault of the database's own making lets the first one break.

The fault is a trigger of PostgreSQL on the row that the lane writes for that item, so that nothing of ours is replaced.
"""

import contextlib
import datetime
import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.customers.imports import start as imports
from domain.customers.imports.mapping import ImportSettings
from domain.customers.segments import create as segments
from domain.distributions.draft.spec import Spec
from domain.distributions.plan.plan import Plan
from domain.incentives.codes import generate
from domain.journal import changed_facts, notices, outgoing_mail, outgoing_webhooks
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.base import new_id
from domain.sending.calls import exchanges
from domain.tables.connections import Mailbox, RawReceipt
from domain.tables.customers import OptOutToTell, Segment
from domain.tables.incentives import PoolAlert
from domain.tables.workspace import Sender
from integrations.contract import Exchange
from tests.cast import ANN
from tests.sending import a_campaign, a_connection, a_distribution, a_project, a_segment, channels, codes_to_segment, customers_of
from tests.workers.house import House

LONG_AGO = datetime.timedelta(days=2)
CLOCK = "workers/clock"


@dataclass(frozen=True)
class Scene:
    """What `arrange` leaves: where the first item breaks, and how the database shows that an item was served."""

    table: str
    breaks: str
    """A condition of SQL over NEW (or OLD) that names the first item."""
    served: str
    """SQL: how many items were served."""
    on: str = "INSERT OR UPDATE"
    neighbours: int = 2
    values: dict[str, Any] = field(default_factory=dict)
    then: Callable[[House], None] | None = None
    """What makes the lane work, where the clock and the workers do not by themselves."""


def _one(name: str, value: object) -> str:
    return f"NEW.{name} = '{value}'"


def _receipts(session: Session, state: str) -> Scene:
    connection, now = a_connection(session), clock.now(session)
    raws = [RawReceipt(connection_id=connection.id, headers={}, body=b"{}", state=state, created_at=now) for _ in range(3)]
    session.add_all(raws)
    session.flush()
    return Scene("raw_receipts", _one("id", raws[0].id), "SELECT count(*) FROM raw_receipts WHERE state = 'refused'")


def receipts(session: Session) -> Scene:
    return _receipts(session, "pending")


def late_receipts(session: Session) -> Scene:
    return _receipts(session, "unknown")


def _scheduled(session: Session, spec: Spec, **values: Any) -> list[uuid.UUID]:
    plan = Plan(trigger="manual", action="message", channels=channels(a_connection(session)), segment_id=spec.segment_id)
    given = {"status": "scheduled", "spec": spec.as_json(), "started_at": None} | values
    return [a_distribution(session, plan, **given).id for _ in range(3)]


def starts(session: Session) -> Scene:
    ids = _scheduled(session, Spec(trigger="manual"), due_at=clock.now(session))
    return Scene("distributions", _one("id", ids[0]), "SELECT count(*) FROM distributions WHERE status = 'paused'")


def countdown(session: Session) -> Scene:
    spec = Spec(trigger="manual", audience="segment", segment_id=a_segment(session, 1).id)
    ids = _scheduled(session, spec, due_at=None, waits_for_revision=1)
    session.execute(text("UPDATE segments SET revision = 1"))
    return Scene("distributions", _one("id", ids[0]), "SELECT count(*) FROM distributions WHERE due_at IS NOT NULL")


def _paused(session: Session, reason: str) -> Scene:
    session.flush()
    ids = []
    for _ in range(3):
        row = codes_to_segment(session, people=1)
        row.status, row.pause_reason, row.fanned_out_at = "paused", reason, clock.now(session)
        ids.append(row.id)
    session.flush()
    return Scene("distributions", _one("id", ids[0]), "SELECT count(*) FROM distributions WHERE status IN ('sending', 'done')")


def codes_are_back(session: Session) -> Scene:
    return _paused(session, "no_codes")


def connections_are_back(session: Session) -> Scene:
    return _paused(session, "connection")


def events(session: Session) -> Scene:
    a_project(session)
    segment, past = a_segment(session, 3), clock.now(session) - LONG_AGO
    plan = Plan(
        trigger="segment_entered", action="message", channels=channels(a_connection(session)), segment_id=segment.id, check_permission=False
    )
    a_distribution(session, plan, status="live", started_at=past, fanned_out_at=past)
    people = customers_of(session, segment.id)
    record(session, [NewEvent(id, EventKind.ENTERED, segment.id) for id in people])
    return Scene("recipients", _one("customer_id", people[0]), "SELECT count(*) FROM recipients")


def _polish(session: Session) -> tuple[list[uuid.UUID], Segment]:
    people = list(customers_of(session, a_segment(session, 3).id))
    segment = segments.dynamic(session, ANN, "Poland", {"fact": "customer.country", "is": "is", "value": "PL"})
    session.execute(text("DELETE FROM jobs"))
    session.execute(
        text("UPDATE segments SET sync = 'synced', synced_revision = revision, synced_at = now() WHERE id = :id"), {"id": segment.id}
    )
    return people, segment


def _marks(session: Session, *, silent: bool) -> Scene:
    people, segment = _polish(session)
    changed_facts.mark(session, people, ["customer.country"], silent=silent)
    served = f"SELECT count(*) FROM segment_members WHERE segment_id = '{segment.id}'"
    return Scene("segment_members", _one("customer_id", people[0]), served)


def marks(session: Session) -> Scene:
    return _marks(session, silent=False)


def many_marks(session: Session) -> Scene:
    return _marks(session, silent=True)


def segment_times(session: Session) -> Scene:
    made = []
    for name in ("Born", "Lately", "Soon"):
        one = segments.dynamic(session, ANN, name, {"fact": "customer.birthdate", "is": "anniversary_within", "value": 3})
        made.append(one.id)
    session.execute(text("DELETE FROM jobs"))
    session.execute(text("UPDATE segments SET sync = 'synced', synced_revision = revision, time_read_at = now() - interval '3 days'"))
    served = "SELECT count(*) FROM segments WHERE time_read_at > now() - interval '1 day'"
    return Scene("segments", _one("id", made[0]), served)


def dates(session: Session) -> Scene:
    a_project(session)
    people = list(customers_of(session, a_segment(session, 3).id))
    now, nobody = clock.now(session), {"subject": "!", "text": "!"}
    plan = Plan("birthday", "message", channels(a_connection(session), parts=nobody), check_permission=False)
    a_distribution(session, plan, status="live", started_at=now, fanned_out_at=now)
    day = (now + datetime.timedelta(days=2)).date()
    session.execute(text("UPDATE customers SET birthdate = :day, time_zone = 'Europe/London'"), {"day": day.replace(year=1984)})
    clock.shift(session, datetime.datetime.combine(day, datetime.time(9, 30), datetime.UTC) - now)
    breaks = f"{_one('customer_id', people[0])} AND NEW.kind = 'customer.birthday'"
    return Scene("events", breaks, "SELECT count(*) FROM events WHERE kind = 'customer.birthday'")


def sizes(session: Session) -> Scene:
    ids = [a_segment(session, 1).id for _ in range(3)]
    session.execute(text("INSERT INTO segment_size_deltas (segment_id, delta) SELECT id, 1 FROM segments"))
    return Scene("segments", _one("id", ids[0]), "SELECT count(*) FROM segments WHERE size = 2")


def tallies(session: Session) -> Scene:
    ids = _scheduled(session, Spec(trigger="manual"), status="draft")
    session.execute(text("""
        INSERT INTO tally_deltas (distribution_id, channel, state, reason, minute, delta) SELECT id, 'c1', 'sent', '', now(), 1
        FROM distributions"""))  # fmt: skip
    return Scene("tallies", _one("distribution_id", ids[0]), "SELECT count(*) FROM tallies")


def pools(session: Session) -> Scene:
    ids = [a_campaign(session, 0).id for _ in range(3)]
    session.execute(text("INSERT INTO pool_deltas (campaign_id, state, delta) SELECT id, 'free', 5 FROM campaigns"))
    return Scene("pool_counts", _one("campaign_id", ids[0]), "SELECT count(*) FROM pool_counts")


def low_pools(session: Session) -> Scene:
    ids = [a_campaign(session, 0).id for _ in range(3)]
    session.execute(text("INSERT INTO pool_counts (campaign_id, state, count) SELECT id, 'assigned', 5 FROM campaigns"))
    return Scene("notices", _one("subject", f"camp_{ids[0].hex}"), "SELECT count(*) FROM notices WHERE kind = 'pool_dry'")


def pool_alerts(session: Session) -> Scene:
    a_project(session)
    ids = [a_campaign(session, 0).id for _ in range(3)]
    session.add_all(PoolAlert(campaign_id=id, below=10, addresses=["ada@maple.example"], armed=True) for id in ids)
    session.flush()
    return Scene("pool_alerts", _one("campaign_id", ids[0]), "SELECT count(*) FROM pool_alerts WHERE told_at IS NOT NULL", on="UPDATE")


def webhooks(session: Session) -> Scene:
    a_project(session)
    shop = a_connection(session, "webhook", config={"url": "http://127.0.0.1:9/hook", "headers": ""})
    ids = [outgoing_webhooks.write(session, "pool", shop.id, "campaign.pool.low", {}).id for _ in range(3)]
    breaks = f"{_one('id', ids[0])} AND NEW.state = 'open'"
    return Scene("outgoing_webhooks", breaks, "SELECT count(*) FROM outgoing_webhooks WHERE attempts > 0", on="UPDATE")


_MAILBOX = {
    "host": "127.0.0.1", "port": "9", "security": "plain", "bounces": "imap", "mailbox_host": "127.0.0.1", "mailbox_port": "9",
    "mailbox_security": "plain", "mailbox_user": "us", "mailbox_folder": "INBOX", "return_path": "back@maple.example",
}  # fmt: skip


def mailboxes(session: Session) -> Scene:
    a_project(session)
    ids = [a_connection(session, "smtp", config=_MAILBOX).id for _ in range(3)]
    session.add_all(Mailbox(connection_id=id, due_at=clock.now(session)) for id in ids)
    session.flush()
    return Scene("mailboxes", _one("connection_id", ids[0]), "SELECT count(*) FROM mailboxes WHERE failures > 0", on="UPDATE")


def opt_outs(session: Session) -> Scene:
    shop, now = a_connection(session, "mailgun"), clock.now(session)
    session.add_all(OptOutToTell(connection_id=shop.id, kind="email", hash=f"h{n}", created_at=now, due_at=now) for n in range(3))
    session.flush()
    return Scene("opt_outs_to_tell", "NEW.hash = 'h0'", "SELECT count(*) FROM opt_outs_to_tell WHERE attempts > 0", on="UPDATE")


def leases(session: Session) -> Scene:
    distribution = _scheduled(session, Spec(trigger="manual"), status="draft")[0]
    ids, past = [new_id() for _ in range(3)], clock.now(session) - LONG_AGO
    for id in ids:
        session.execute(
            text("""INSERT INTO delivery_claims
                    (id, distribution_id, channel, connection_id, lane, state, deliveries, began_at, lease_until)
                     VALUES (:id, :distribution, 'c1', :id, 'bulk', 'leased', '{}', :past, :past)"""),
            {"id": id, "distribution": distribution, "past": past},
        )
    served = "SELECT 3 - count(*) FROM delivery_claims"
    return Scene("delivery_claims", f"OLD.id = '{ids[0]}'", served, on="DELETE")


def recipients(session: Session) -> Scene:
    distribution = codes_to_segment(session, people=3)
    segment = session.get_one(Segment, uuid.UUID(str(session.scalar(text("SELECT plan->>'segment_id' FROM distribution_versions")))))
    assert distribution.status == "sending"
    bad = customers_of(session, segment.id)[0]
    breaks = f"{_one('customer_id', bad)} AND NEW.state <> 'skipped'"
    return Scene("deliveries", breaks, "SELECT count(*) FROM deliveries WHERE state = 'accepted'")


def _delivered(session: Session, state: str, **values: object) -> list[uuid.UUID]:
    """Three people of a run, whose deliveries are in `state`."""
    distribution = codes_to_segment(session, people=3)
    distribution.fanned_out_at = clock.now(session)
    session.flush()
    row = {"attempt_id": None, "due_at": clock.now(session), "sent_at": None} | values
    session.execute(
        text("""
            WITH people AS (SELECT m.customer_id, v.plan->'channels'->0->>'connection_id' AS connection FROM segment_members m
                JOIN distribution_versions v ON m.segment_id = CAST(v.plan->>'segment_id' AS uuid)),
            free AS (SELECT id, row_number() OVER () AS n FROM vouchers),
            numbered AS (SELECT *, row_number() OVER () AS n FROM people),
            made AS (
                INSERT INTO recipients (distribution_id, once_key, customer_id, version, lane, created_at, state, waits, prepared)
                SELECT :distribution, CAST(:run AS text), customer_id, 1, 'bulk', now(), 'ready', false, 1 FROM people
                RETURNING id, customer_id, created_at)
            INSERT INTO deliveries (recipient_id, distribution_id, customer_id, channel, connection_id, lane, version, state, address,
                slots, attempt_id, due_at, ready_at, sent_at, created_at)
            SELECT made.id, :distribution, c.id, 'c1', CAST(p.connection AS uuid), 'bulk', 1, :state, c.email, '{}',
                gen_random_uuid(), :due_at, now(), :sent_at, made.created_at
            FROM made JOIN customers c ON c.id = made.customer_id JOIN people p ON p.customer_id = c.id"""),
        row | {"distribution": distribution.id, "run": str(distribution.run), "state": state},
    )
    return list(session.scalars(text("SELECT id FROM deliveries ORDER BY id")))


def retries(session: Session) -> Scene:
    ids = _delivered(session, "ready")
    breaks = f"{_one('id', ids[0])} AND NEW.state = 'leased'"
    return Scene("deliveries", breaks, "SELECT count(*) FROM deliveries WHERE state <> 'ready'")


def outcomes(session: Session) -> Scene:
    codes_to_segment(session, people=3)
    breaks = "NEW.state = 'accepted' AND NEW.reason <> 'fault' AND NEW.address LIKE 'c1-%'"
    return Scene("deliveries", breaks, "SELECT count(*) FROM deliveries WHERE state = 'accepted'", neighbours=3)


def calls(session: Session) -> Scene:
    ids = _delivered(session, "accepted", due_at=None)

    def then(house: House) -> None:
        told = {id: Exchange("", "https://shop.example/hook", {}, "{}", 12, 200, {}, "ok") for id in ids}
        with contextlib.suppress(OperationalError), house.session() as other:
            if other.scalar(text("SELECT count(*) FROM exchanges")) == 0:
                exchanges.store(other, told, 1_700_000_000)

    return Scene("exchanges", _one("delivery_id", ids[0]), "SELECT count(*) FROM exchanges", then=then)


def polls(session: Session) -> Scene:
    now = clock.now(session)
    ids = _delivered(session, "polling", due_at=now - LONG_AGO, sent_at=now)
    breaks = f"{_one('id', ids[0])} AND NEW.due_at IS DISTINCT FROM OLD.due_at"
    return Scene("deliveries", breaks, "SELECT count(*) FROM deliveries WHERE due_at > now()", on="UPDATE")


def _post_office(session: Session) -> None:
    """A connection for system mail whose server is away: what is tried stays, and counts its attempts."""
    project = a_project(session)
    config = {"host": "127.0.0.1", "port": "9", "security": "plain", "per_connection": "100", "signing": "none"}
    project.system_connection_id = a_connection(session, "smtp", config=config).id
    project.notice_addresses = ["ada@maple.example"]
    now = clock.now(session)
    session.add(Sender(name="Maple", email="hello@maple.example", created_at=now))
    session.flush()


def mail(session: Session) -> Scene:
    _post_office(session)
    made = [outgoing_mail.write(session, "invite", f"c{n}@maple.example", "Come in", "Here.").id for n in range(3)]
    return Scene(
        "letters",
        f"{_one('id', made[0])} AND NEW.state = 'open'",
        "SELECT count(*) FROM letters WHERE kind = 'invite' AND attempts = 1",
        on="UPDATE",
    )


def told(session: Session) -> Scene:
    _post_office(session)
    for n in range(3):
        notices.raise_notice(session, "late", f"distr_{n}", f"Thing {n} is late")
    breaks = "NEW.subject = 'distr_0' AND NEW.emailed_at IS NOT NULL"
    served = "SELECT count(*) FROM notices WHERE kind = 'late' AND emailed_at IS NOT NULL"
    return Scene("notices", breaks, served)


def jobs(session: Session) -> Scene:
    made = [a_campaign(session, 0) for _ in range(3)]
    for campaign in made:
        generate.ask(session, ANN, campaign, 5)
    return Scene("vouchers", _one("campaign_id", made[0].id), "SELECT count(*) FROM jobs WHERE state = 'done'")


def lines(session: Session) -> Scene:
    a_project(session)
    file = imports.upload(
        session, ANN, io.BytesIO(b"id,email\n1,bad@maple.example\n2,dina@maple.example\n3,eli@maple.example\n"), "people.csv"
    )
    imports.start(session, ANN, file, ImportSettings.from_json(file.reading))
    return Scene("customers", "NEW.email = 'bad@maple.example'", "SELECT count(*) FROM customers")


def heartbeat(session: Session) -> Scene:
    """One task of the clock breaks: the others do what they do."""
    a_project(session)
    session.execute(text("UPDATE project SET last_seen_at = NULL"))
    ids = [a_segment(session, 1).id for _ in range(2)]
    session.execute(text("INSERT INTO segment_size_deltas (segment_id, delta) SELECT id, 1 FROM segments"))
    assert ids
    served = "SELECT (SELECT count(*) FROM segments WHERE size = 2) + (SELECT count(*) FROM project WHERE last_seen_at IS NOT NULL)"
    return Scene("project", "NEW.last_seen_at IS DISTINCT FROM OLD.last_seen_at", served, on="UPDATE")


SCENES: dict[str, tuple[str, Callable[[Session], Scene], tuple[str, ...]]] = {
    "receipts": ("receipts", receipts, ("receipts",)),
    "late receipts": ("receipts", late_receipts, ("late_receipts",)),
    "starts": ("starts", starts, ("start",)),
    "countdown": ("countdown", countdown, ("distributions.countdown",)),
    "codes are back": ("resumes", codes_are_back, ("codes_back",)),
    "connections are back": ("resumes", connections_are_back, ("resumed",)),
    "events": ("events", events, ("events",)),
    "marks": ("marks", marks, ("segments",)),
    "many marks": ("marks", many_marks, ("many_segments",)),
    "segment times": ("segment_times", segment_times, ("segment_times",)),
    "sizes": ("sizes", sizes, ("segments.fold_sizes",)),
    "dates": ("dates", dates, ("dates.look",)),
    "tallies": ("tallies", tallies, ("deliveries.fold_counts",)),
    "pools": ("pools", pools, ("codes.fold_counts",)),
    "low pools": ("low_pools", low_pools, ("codes.warn_of_low_pools",)),
    "alerts of low pools": ("pool_alerts", pool_alerts, ("codes.tell_of_low_pools",)),
    "webhooks of our own": ("webhooks", webhooks, ("own_webhooks",)),
    "mailboxes": ("mailboxes", mailboxes, ("mailboxes",)),
    "opt-outs": ("opt_outs", opt_outs, ("opt_outs",)),
    "leases": ("leases", leases, ("leases.expire",)),
    "recipients": ("recipients", recipients, ("distribution",)),
    "retries": ("retries", retries, ("distribution",)),
    "outcomes": ("outcomes", outcomes, ("distribution",)),
    "records of calls": ("exchanges", calls, ("distribution",)),
    "polls": ("polls", polls, ("polls",)),
    "mail": ("mail", mail, ("letters",)),
    "notices": ("notices", told, ("notices",)),
    "jobs": ("jobs", jobs, ("job",)),
    "lines of files": ("imports", lines, ("job",)),
    "clock": ("clock", heartbeat, ("clock.heartbeat",)),
}
"""A row for every lane: its key, what is arranged, and the jobs and tasks whose batches it stands for."""
ALONE = {
    "database.recognise", "distributions.hold_after_gap", "distributions.unfinished", "segments.refresh", "jobs.open", "mail.send",
    "mailboxes.look", "home.fold_quarters", "receipts.purge", "exchanges.purge", "test_messages.purge", "mail.purge",
    "import_remarks.purge", "events.purge", "message_texts.purge", "delivery_steps.purge", "audit.purge", "sessions.purge",
    "code_files.sweep", "pictures.forget_unused", "holds.purge",
    "process_reports.purge", "tries.purge", "provider_calls.purge", "webhooks.purge", "home.purge_quarters", "secrets.forget_replaced",
}  # fmt: skip
"""Tasks of the clock that have no items, or where all must be done or none: each is one item of the lane `clock`."""
