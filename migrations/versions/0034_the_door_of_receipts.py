"""Receipts are believed once, and how much of them waits is known without counting them.

A digest of each signed post keeps a repetition out for as long as posts are kept. Bytes that wait are counted by a trigger, whoever
changes a row, spread over rows so that posts at the same moment do not wait for each other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

WAITS = "state IN ('pending', 'unknown')"
COUNT = """
CREATE FUNCTION largesse_count_receipts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE more bigint := 0; less bigint := 0;
BEGIN
    IF TG_OP <> 'DELETE' THEN SELECT coalesce(sum(octet_length(body)), 0) INTO more FROM now_there WHERE state IN ('pending', 'unknown'); END IF;
    IF TG_OP <> 'INSERT' THEN SELECT coalesce(sum(octet_length(body)), 0) INTO less FROM was_there WHERE state IN ('pending', 'unknown'); END IF;
    IF more <> less THEN
        INSERT INTO receipts_waiting AS r (shard, bytes) VALUES (pg_backend_pid() % 64, more - less)
        ON CONFLICT (shard) DO UPDATE SET bytes = r.bytes + excluded.bytes;
    END IF;
    RETURN NULL;
END $$
"""
SEEN = {
    "INSERT": "REFERENCING NEW TABLE AS now_there",
    "UPDATE": "REFERENCING OLD TABLE AS was_there NEW TABLE AS now_there",
    "DELETE": "REFERENCING OLD TABLE AS was_there",
}


def upgrade() -> None:
    op.add_column("raw_receipts", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.create_index("uq_raw_receipts_digest", "raw_receipts", ["digest"], unique=True, postgresql_where=sa.text("digest IS NOT NULL"))
    op.create_table(
        "receipts_waiting",
        sa.Column("shard", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name="pk_receipts_waiting"),
    )
    op.execute(f"INSERT INTO receipts_waiting SELECT 0, coalesce(sum(octet_length(body)), 0) FROM raw_receipts WHERE {WAITS}")
    op.execute(COUNT)
    for what, tables in SEEN.items():
        op.execute(
            f"CREATE TRIGGER count_receipts_{what.lower()} AFTER {what} ON raw_receipts {tables}"
            " FOR EACH STATEMENT EXECUTE FUNCTION largesse_count_receipts()"
        )


def downgrade() -> None:
    for what in SEEN:
        op.execute(f"DROP TRIGGER count_receipts_{what.lower()} ON raw_receipts")
    op.execute("DROP FUNCTION largesse_count_receipts()")
    op.drop_table("receipts_waiting")
    op.drop_index("uq_raw_receipts_digest", table_name="raw_receipts")
    op.drop_column("raw_receipts", "digest")
