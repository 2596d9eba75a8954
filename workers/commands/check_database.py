"""Can Largesse stand on this database, and does it still sort as it did? Asked before every migration, and by `largesse doctor`."""

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

OLDEST = 15
"""The first release of PostgreSQL that has all we use."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, with what to do. `fatal`: nothing can work on this database."""

    words: str
    remedy: str
    fatal: bool = False


_ASKED = text("""
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,
           current_setting('default_transaction_read_only') = 'on' AS read_only, pg_is_in_recovery() AS standby,
           d.datname AS name, d.datcollversion AS sorted_by, pg_database_collation_actual_version(d.oid) AS sorts_by,
           has_schema_privilege(current_schema(), 'CREATE') AS may_create,
           EXISTS (SELECT FROM pg_index WHERE NOT indisvalid AND indrelid::regclass::text NOT LIKE 'pg_%') AS broken_index
    FROM pg_database d WHERE d.datname = current_database()""")


def findings(connection: Connection | Session) -> list[Finding]:
    """What is wrong with the database of this connection; empty where all is well."""
    seen = connection.execute(_ASKED).one()
    found = []
    if seen.version < OLDEST * 10_000:
        words = f"This is PostgreSQL {seen.version // 10_000}; Largesse needs {OLDEST} or newer."
        found.append(Finding(words, "Upgrade the server, or name another with DATABASE_URL.", fatal=True))
    if seen.encoding != "UTF8":
        words = f"The database {seen.name} has the encoding {seen.encoding}; names of customers need UTF8."
        remedy = f"Make another, and name it with DATABASE_URL: CREATE DATABASE {seen.name}_utf8 TEMPLATE template0 ENCODING 'UTF8';"
        found.append(Finding(words, remedy, fatal=True))
    if seen.standby or seen.read_only:
        found.append(Finding("The database can only be read.", "Name the primary server with DATABASE_URL, not a replica.", fatal=True))
    if not seen.may_create:
        words = "This user may not make tables in the database's schema."
        found.append(Finding(words, "As its owner: GRANT CREATE ON SCHEMA public TO the user of DATABASE_URL.", fatal=True))
    if seen.sorted_by and seen.sorts_by and seen.sorted_by != seen.sorts_by:
        words = f"The database was sorted by version {seen.sorted_by} of its collation, the system now has {seen.sorts_by}."
        remedy = (
            f'Our indexes of text are COLLATE "C" and not touched; others may be: REINDEX DATABASE {seen.name}; then '
            f"ALTER DATABASE {seen.name} REFRESH COLLATION VERSION;"
        )
        found.append(Finding(words, remedy))
    if seen.broken_index:
        found.append(Finding("An index is not valid.", "REINDEX it: SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;"))
    return found
