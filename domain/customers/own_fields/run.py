"""The job: change a field of metadata customer by customer, in limited passes by id. A pass done twice changes nothing twice."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from domain.customers.own_fields.change import CHECK, DELETE, MERGE, RENAME, RETYPE
from domain.customers.profiles import customer_input, metadata
from domain.journal.changed_facts import mark
from domain.journal.jobs import JobError
from domain.kernel import clock
from domain.tables.customers import Customer, MetadataField
from domain.tables.journal import Job

PASS = 5_000
"""Customers that are looked at in one step."""
SAMPLES = 10
"""So many values that do not fit are shown."""
_MOVED = text("""
    UPDATE customers SET metadata = (metadata - :from) || CASE WHEN metadata ? :to THEN '{}'::jsonb
            ELSE jsonb_build_object(CAST(:to AS text), metadata -> :from) END,
        row_version = row_version + 1, updated_at = :now, updated_by = :by
    WHERE id = ANY(:ids) AND metadata ? :from RETURNING id
""")
_TAKEN_AWAY = text("""
    UPDATE customers SET metadata = metadata - :from, row_version = row_version + 1, updated_at = :now, updated_by = :by
    WHERE id = ANY(:ids) AND metadata ? :from RETURNING id
""")
_REWRITTEN = text("""
    UPDATE customers SET metadata = metadata || jsonb_build_object(CAST(:from AS text), CAST(v.value AS jsonb)),
        row_version = row_version + 1, updated_at = :now, updated_by = :by
    FROM unnest(CAST(:ids AS uuid[]), CAST(:values AS text[])) AS v (id, value) WHERE customers.id = v.id
""")
_COUNTED = text("""
    SELECT key, count(*) AS n FROM customers CROSS JOIN jsonb_object_keys(metadata) AS key WHERE id = ANY(:ids) GROUP BY key
""")


def step(session: Session, job: Job) -> bool:
    """Look at the next customers; True at the end."""
    cursor = dict(job.cursor)
    if not job.total:
        job.total = int(session.scalar(text("SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'customers'::regclass")) or 0)
    after = uuid.UUID(cursor["after"]) if cursor.get("after") else uuid.UUID(int=0)
    query = select(Customer.id).where(Customer.id > after, Customer.erased_at.is_(None)).order_by(Customer.id).limit(PASS)
    ids = list(session.scalars(query))
    if not ids:
        _end(session, job, cursor)
        return True
    match cursor["action"]:
        case "count":
            for key, n in session.execute(_COUNTED, {"ids": ids}):
                cursor["counts"][key] = cursor["counts"].get(key, 0) + n
        case action if action in {RETYPE, CHECK}:
            _read_anew(session, job, cursor, ids)
        case _:
            _move(session, job, cursor, ids)
    job.done += len(ids)
    job.total = max(job.total, job.done)
    job.cursor = cursor | {"after": str(ids[-1])}
    return False


def _move(session: Session, job: Job, cursor: dict[str, Any], ids: Sequence[uuid.UUID]) -> None:
    source = cursor["from"]
    if source in metadata.types(session):
        raise JobError(f"Somebody began to use “{source}” again. What was changed so far stays; change it again.")
    values = {"ids": list(ids), "from": source, "to": cursor.get("to"), "now": clock.now(session), "by": job.asked_by}
    changed = list(session.scalars(_MOVED if cursor["action"] in {RENAME, MERGE} else _TAKEN_AWAY, values))
    _changed(session, job, changed, [f"metadata.{key}" for key in (source, cursor.get("to")) if key])


def _read_anew(session: Session, job: Job, cursor: dict[str, Any], ids: Sequence[uuid.UUID]) -> None:
    key, type = cursor["from"], cursor["type"]
    reading, zone = customer_input.reading(session)
    carrying = select(Customer.id, Customer.details[key].label("value")).where(Customer.id.in_(ids), Customer.details.has_key(key))
    rows = [(row.id, row.value) for row in session.execute(carrying.with_for_update(key_share=True))]
    fitting: dict[uuid.UUID, Any] = {}
    wrong: dict[uuid.UUID, Any] = {}
    for id, value in rows:
        try:
            fitting[id] = metadata.read(metadata.words(value), type, reading, zone)
        except ValueError:
            wrong[id] = value
    _say(job, carried=len(rows), unfit=len(wrong), samples=[metadata.words(value)[:80] for value in wrong.values()])
    if cursor["action"] == CHECK:
        return
    now = clock.now(session)
    about = {"from": key, "now": now, "by": job.asked_by}
    session.execute(_REWRITTEN, about | {"ids": list(fitting), "values": [json.dumps(value) for value in fitting.values()]})
    session.execute(_TAKEN_AWAY, about | {"ids": list(wrong)})
    _changed(session, job, [*fitting, *wrong], [f"metadata.{key}"])


def _changed(session: Session, job: Job, ids: Sequence[uuid.UUID], names: Sequence[str]) -> None:
    mark(session, ids, names, silent=True)
    _say(job, changed=len(ids))


def _say(job: Job, samples: Sequence[str] = (), **more: int) -> None:
    report = dict(job.report)
    for name, count in more.items():
        report[name] = report.get(name, 0) + count
    report["samples"] = list(dict.fromkeys([*report.get("samples", []), *samples]))[:SAMPLES]
    job.report = report


def _end(session: Session, job: Job, cursor: dict[str, Any]) -> None:
    now = clock.now(session)
    of_customers = update(MetadataField).where(MetadataField.noun == "customer")
    if cursor["action"] == "count":
        session.execute(of_customers.values(customers=0, counted_at=now))
        for key, n in cursor["counts"].items():
            session.execute(of_customers.where(MetadataField.key == key).values(customers=n, counted_at=now))
    elif cursor["action"] in {RETYPE, CHECK}:
        left = job.report.get("carried", 0) - (job.report.get("unfit", 0) if cursor["action"] == RETYPE else 0)
        session.execute(of_customers.where(MetadataField.key == cursor["from"]).values(customers=left, counted_at=now))
    elif cursor["action"] == MERGE:
        session.execute(of_customers.where(MetadataField.key == cursor["to"]).values(customers=None, counted_at=None))
    elif cursor["action"] != DELETE:
        n = job.report.get("changed", 0)
        session.execute(of_customers.where(MetadataField.key == cursor["to"]).values(customers=n, counted_at=now))
    job.cursor = cursor | {"after": ""}
