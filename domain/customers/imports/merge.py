"""How do staged lines become customers? A batch at a time in the order of their keys, set-wise, the last line of each key winning.

A line is matched by its own kind of key: the owner's id; else the e-mail address or the phone number, where exactly one customer
has it. A customer who had no id yet is found by a unique e-mail address and given it.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.imports.cells.line import EMAIL, PHONE, SOURCE_ID
from domain.customers.imports.staging import FACTS, TEXTS, table
from domain.customers.profiles.fields import FIELDS, CustomerField
from domain.journal.events import EventKinds, record_from
from domain.tables.customers import Customer

KINDS = (EMAIL, PHONE, SOURCE_ID)
BATCH = 5_000


def _wanted(field: CustomerField) -> str:
    """What a known customer has after the line. A value that counts already changes nothing: what is made of others stays made of them."""
    known = f"b.{field.key} = c.{field.key}" if field.typed_in else "false"
    return f"CASE WHEN b.{field.key} IS NULL OR {known} THEN c.{field.column} ELSE {_value(field)} END"


def _value(field: CustomerField) -> str:
    if field.empty is not None:
        return f"coalesce(b.{field.key}, '')"
    return f"CAST(nullif(b.{field.key}, '') AS {Customer.__table__.c[field.column].type})"


_HASHES = tuple(name for name in TEXTS if name not in FACTS)
_WANTED = (
    {field.column: _wanted(field) for field in FIELDS}
    | {name: f"coalesce(b.{name}, c.{name})" for name in _HASHES}
    | {"metadata": "jsonb_strip_nulls(c.metadata || b.details)"}
)
_NEW = (
    {field.column: _value(field) for field in FIELDS}
    | {name: f"coalesce(b.{name}, '')" for name in _HASHES}
    | {"metadata": "jsonb_strip_nulls(b.details)"}
)
_COLUMNS = tuple(_WANTED)


@dataclass
class MergeBatch:
    """One batch: what is bound in its statements, and what became of its lines."""

    session: Session
    import_id: uuid.UUID
    values: dict[str, Any]
    """`import`, `now`, `created` (when the file was uploaded), `by`, and `silent`: live distributions do not react."""
    created: int = 0
    changed: int = 0
    same: int = 0
    left_out: int = 0
    notes: int = 0
    said: dict[str, int] = field(default_factory=dict)
    """`given`, `withdrawn`, `kept_no`, `suppressed`: how many."""
    range: dict[str, Any] = field(default_factory=dict)

    def run(self, sql: str) -> int:
        """Execute one statement; how many rows it touched, or what its one number is."""
        result: Any = self.session.execute(text(sql), self.values | self.range)
        return int(result.scalar_one() or 0) if result.returns_rows else int(result.rowcount)

    def record(self, select: str, values: dict[str, Any], kind: EventKinds) -> None:
        """Write down what happened, as for `record_from`; nobody reacts to it unless the import was told that they may."""
        record_from(self.session, select, values, kind, react=not self.values["silent"])


def take(batch: MergeBatch, kind: int, after: str) -> str | None:
    """Put the next keys of `kind` behind `after` into the table `import_batch`; the last of them, None where there is none."""
    staged = table(batch.import_id)
    upto = batch.session.scalar(
        text(f"""SELECT max(key) FROM (SELECT key FROM {staged} WHERE kind = :kind AND key > :after ORDER BY key LIMIT {BATCH}) AS k"""),
        {"kind": kind, "after": after},
    )
    if upto is None:
        return None
    batch.range = {"kind": kind, "after": after, "upto": upto}
    batch.run("DROP TABLE IF EXISTS pg_temp.import_batch")
    # A subquery for each line is answered by the index whatever the planner believes of a table that has just grown.
    known = "(SELECT c.id FROM customers c WHERE c.source_id = s.key)" if kind == SOURCE_ID else "NULL::uuid"
    batch.run(f"""
        CREATE TEMPORARY TABLE import_batch ON COMMIT DROP AS
        SELECT s.*, largesse_uuid7() AS new_id, {known} AS customer_id, false AS new, false AS changed, false AS agreed, false AS silenced
        FROM (SELECT DISTINCT ON (key) * FROM {staged} WHERE kind = :kind AND key > :after AND key <= :upto
              ORDER BY key, line DESC) AS s""")
    batch.run("ANALYZE import_batch (customer_id)")
    batch.left_out += batch.run(f"""
        INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
        SELECT :import, s.line, true, true, 'Line ' || b.line || ' is about the same customer (' || b.key || ') and comes later: it wins.'
        FROM {staged} s JOIN import_batch b ON b.key = s.key
        WHERE s.kind = :kind AND s.key > :after AND s.key <= :upto AND s.line < b.line""")
    return str(upto)


def match(batch: MergeBatch) -> None:
    """Find whom each line of the batch is about; those that stay without a customer are new. Writes remarks only."""
    kind = batch.range["kind"]
    if kind == SOURCE_ID:
        _adopt(batch)
    else:
        _by_address(batch, "email" if kind == EMAIL else "phone")


def merge(batch: MergeBatch) -> None:
    """Write the batch that was taken: match, update what differs, insert who is new."""
    match(batch)
    _update(batch)
    _insert(batch)
    taken = batch.run("SELECT count(*) FROM import_batch")
    batch.same = taken - batch.created - batch.changed


def _adopt(batch: MergeBatch) -> None:
    """Ids nobody has yet: the one customer with this e-mail address and no id is meant."""
    batch.notes += batch.run("""
        WITH same AS (
            SELECT b.key, m.id, b.line FROM import_batch b CROSS JOIN LATERAL (
                SELECT min(c.id::text)::uuid AS id, count(*) AS rivals, bool_and(c.source_id IS NULL) AS free
                FROM customers c WHERE c.email_key = largesse_fold(b.email) AND c.email_key <> '') AS m
            WHERE b.customer_id IS NULL AND b.email <> '' AND m.rivals = 1 AND m.free
        ), once AS (SELECT DISTINCT ON (id) id, key, line FROM same ORDER BY id, line DESC
        ), met AS (UPDATE import_batch b SET customer_id = once.id FROM once WHERE once.key = b.key RETURNING b.line)
        INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
        SELECT :import, line, false, true, 'A customer without an id had this e-mail address, and was given the id.' FROM met""")


def _by_address(batch: MergeBatch, kind: str) -> None:
    same = "c.email_key = largesse_fold(b.email) AND c.email_key <> ''" if kind == "email" else "c.phone = b.phone AND c.phone <> ''"
    word = "e-mail address" if kind == "email" else "phone number"
    batch.left_out += batch.run(f"""
        WITH met AS (
            SELECT b.key, m.rivals, m.id FROM import_batch b CROSS JOIN LATERAL (
                SELECT count(*) AS rivals, min(c.id::text)::uuid AS id FROM customers c WHERE {same}) AS m
            WHERE m.rivals > 0
        ), known AS (UPDATE import_batch b SET customer_id = met.id FROM met WHERE met.key = b.key AND met.rivals = 1
        ), unclear AS (DELETE FROM import_batch b USING met WHERE met.key = b.key AND met.rivals > 1 RETURNING b.line, met.rivals)
        INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
        SELECT :import, line, true, true, rivals || ' customers have this {word}. A column with your id would say which one.'
        FROM unclear""")


def _update(batch: MergeBatch) -> None:
    if not batch.run("SELECT count(*) FROM import_batch WHERE customer_id IS NOT NULL"):
        return
    wanted = ", ".join(f"{expression} AS {name}" for name, expression in _WANTED.items())
    sets = ", ".join(f"{name} = w.{name}" for name in _COLUMNS)
    old, new = (", ".join(f"{alias}.{name}" for name in _COLUMNS) for alias in ("c", "w"))
    batch.changed = batch.run(f"""
        WITH wanted AS (SELECT c.id, b.line, {wanted} FROM import_batch b JOIN customers c ON c.id = b.customer_id),
        written AS (
            UPDATE customers c SET {sets}, import_id = :import, updated_at = :now, updated_by = :by, row_version = c.row_version + 1
            FROM wanted w WHERE c.id = w.id AND c.erased_at IS NULL AND ({old}) IS DISTINCT FROM ({new}) RETURNING c.id
        ), told AS (UPDATE import_batch b SET changed = true FROM written WHERE written.id = b.customer_id)
        SELECT count(*) FROM written""")


def _insert(batch: MergeBatch) -> None:
    names, values = ", ".join(_NEW), ", ".join(_NEW.values())
    batch.created = batch.run(f"""
        WITH written AS (
            INSERT INTO customers (id, {names}, import_id, created_at, updated_at, updated_by, row_version)
            SELECT b.new_id, {values}, :import, CAST(:created AS timestamptz) + b.line * interval '1 microsecond', :now, :by, 1
            FROM import_batch b WHERE b.customer_id IS NULL ORDER BY b.key
            ON CONFLICT (source_id) DO NOTHING RETURNING id
        ), told AS (UPDATE import_batch b SET customer_id = written.id, new = true, changed = true FROM written WHERE written.id = b.new_id)
        SELECT count(*) FROM written""")
    lost = batch.run("""
        WITH gone AS (DELETE FROM import_batch WHERE customer_id IS NULL RETURNING line)
        INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
        SELECT :import, line, true, true, 'Somebody else added this customer at the same moment. Import the line again.' FROM gone""")
    batch.left_out += lost
