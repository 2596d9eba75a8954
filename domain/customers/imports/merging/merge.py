"""How do staged lines become customers? A batch at a time in the order of their keys, set-wise, the last line of each key winning.

Whom each line means is decided by `domain.customers.identify.batch`.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.identify.batch import EMAIL, PHONE, SOURCE_ID, identify
from domain.customers.imports.staging import FACTS, TEXTS, table
from domain.customers.profiles.fields import FIELDS, CustomerField
from domain.journal.events import EventKinds, record_from
from domain.tables.customers import Customer

KINDS = (EMAIL, PHONE, SOURCE_ID)


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


def take(batch: MergeBatch, kind: int, after: str, limit: int) -> str | None:
    """Put the next `limit` keys of `kind` behind `after` into the table `import_batch`; the last of them, None where there is none."""
    staged = table(batch.import_id)
    upto = last_key(batch, kind, after, limit)
    if upto is None:
        return None
    batch.range = {"kind": kind, "after": after, "upto": upto}
    batch.run("DROP TABLE IF EXISTS pg_temp.import_batch")
    batch.run(f"""
        CREATE TEMPORARY TABLE import_batch ON COMMIT DROP AS
        SELECT s.*, largesse_uuid7() AS new_id, NULL::uuid AS customer_id, false AS decided, false AS new, false AS changed,
               false AS agreed, false AS silenced
        FROM (SELECT DISTINCT ON (key) * FROM {staged} WHERE kind = :kind AND key > :after AND key <= :upto
              ORDER BY key, line DESC) AS s""")
    batch.run("ANALYZE import_batch (line, kind, customer_id)")
    batch.run(f"""
        UPDATE import_batch b SET suppress = b.suppress OR said.suppress, suppress_email = b.suppress_email OR said.suppress_email,
            consents = nullif(coalesce(b.consents, '[]') || said.noes, '[]')
        FROM (SELECT s.key, bool_or(s.suppress) AS suppress, bool_or(s.suppress_email) AS suppress_email,
                     coalesce(jsonb_agg(one.said) FILTER (WHERE one.said IS NOT NULL), '[]') AS noes
              FROM {staged} s JOIN import_batch i ON i.key = s.key AND s.line < i.line
              LEFT JOIN LATERAL jsonb_array_elements(s.consents) AS one(said) ON one.said ->> 'given' = 'false'
              WHERE s.kind = :kind AND s.key > :after AND s.key <= :upto GROUP BY s.key) AS said
        WHERE said.key = b.key""")  # a no of an earlier line is not undone by a later one
    batch.left_out += batch.run(f"""
        INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
        SELECT :import, s.line, true, true, 'Line ' || b.line || ' is about the same customer (' || b.key || ') and comes later: it wins.'
        FROM {staged} s JOIN import_batch b ON b.key = s.key
        WHERE s.kind = :kind AND s.key > :after AND s.key <= :upto AND s.line < b.line""")
    return upto


def last_key(batch: MergeBatch, kind: int, after: str, limit: int) -> str | None:
    """The last of the next `limit` keys of `kind` behind `after`; None where there is none."""
    staged = table(batch.import_id)
    last: str | None = batch.session.scalar(
        text(f"""SELECT max(key) FROM (SELECT key FROM {staged} WHERE kind = :kind AND key > :after ORDER BY key LIMIT {limit}) AS k"""),
        {"kind": kind, "after": after},
    )
    return last


def leave_out(batch: MergeBatch, kind: int, key: str, words: str) -> list[int]:
    """Leave the lines with this key out; their numbers."""
    lines = batch.session.scalars(
        text(f"""WITH gone AS (DELETE FROM {table(batch.import_id)} WHERE kind = :kind AND key = :key RETURNING line)
                 INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
                 SELECT :import, line, true, true, :words FROM gone RETURNING line"""),
        {"kind": kind, "key": key, "words": words, "import": batch.import_id},
    )
    return sorted(lines)


def match(batch: MergeBatch) -> None:
    """Find whom each line of the batch is about; those that stay without a customer are new. Leaves lines out, and writes remarks."""
    left_out, notes = identify(batch.session, batch.run, table(batch.import_id))
    batch.left_out += left_out
    batch.notes += notes


def merge(batch: MergeBatch) -> None:
    """Write the batch that was taken: match, update what differs, insert who is new."""
    match(batch)
    _update(batch)
    _insert(batch)
    taken = batch.run("SELECT count(*) FROM import_batch")
    batch.same = taken - batch.created - batch.changed


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
