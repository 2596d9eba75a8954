"""What did the customers of a batch agree to? Permissions and suppression, set-wise; an opt-out is never undone by an import."""

from domain.customers.imports.merge import MergeBatch
from domain.journal.events import EventKind

_ASKED = """
    CREATE TEMPORARY TABLE import_consents ON COMMIT DROP AS
    SELECT DISTINCT ON (b.customer_id, said.permission) b.customer_id, b.line, said.permission, said.given, said.at, said.how, p.version,
           p.name, c.given AS before, EXISTS (
               SELECT FROM customers me JOIN customers twin ON twin.email_hash = me.email_hash AND twin.id <> me.id
               JOIN consents theirs ON theirs.customer_id = twin.id AND theirs.permission_id = p.id AND NOT theirs.given
               WHERE me.id = b.customer_id AND me.email_hash <> '') AS no_of_address
    FROM import_batch b CROSS JOIN jsonb_to_recordset(b.consents) AS said(permission uuid, given boolean, at timestamptz, how text)
    JOIN permissions p ON p.id = said.permission
    LEFT JOIN consents c ON c.customer_id = b.customer_id AND c.permission_id = p.id
    WHERE b.consents IS NOT NULL
    ORDER BY b.customer_id, said.permission, said.given"""
_KEPT_OUT = """
    INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
    SELECT :import, line, false, true, CASE WHEN before IS FALSE THEN 'The customer' ELSE 'Somebody with the same e-mail address' END
           || ' has withdrawn “' || name || '”, and it stays withdrawn: an import never undoes that.'
    FROM import_consents WHERE given AND (before IS FALSE OR no_of_address)"""
_NEWS = "FROM import_consents WHERE (before IS NULL AND NOT (given AND no_of_address)) OR (before AND NOT given)"
_WRITTEN = f"""
    INSERT INTO consents (customer_id, permission_id, given, version, at, how)
    SELECT customer_id, permission, given, version, at, how {_NEWS} ORDER BY customer_id, permission
    ON CONFLICT (customer_id, permission_id) DO UPDATE
        SET given = excluded.given, version = excluded.version, at = excluded.at, how = excluded.how
        WHERE consents.given AND NOT excluded.given"""
_LOGGED = f"""
    INSERT INTO consent_log (id, customer_id, permission_id, given, version, how, by, created_at)
    SELECT largesse_uuid7(), customer_id, permission, given, version, how, :by, :now {_NEWS}"""
_MARKED = f"UPDATE import_batch b SET agreed = true FROM (SELECT DISTINCT customer_id {_NEWS}) AS n WHERE n.customer_id = b.customer_id"


def consents(batch: MergeBatch) -> None:
    """Permissions given and withdrawn by the lines of this batch, with their log and events."""
    only_count(batch)
    batch.said["given"] = batch.run(f"SELECT count(*) FROM (SELECT given {_NEWS}) AS news WHERE given")
    batch.said["withdrawn"] = batch.run(f"SELECT count(*) FROM (SELECT given {_NEWS}) AS news WHERE NOT given")
    batch.run(_WRITTEN)
    batch.run(_LOGGED)
    batch.run(_MARKED)
    for given, kind in ((True, EventKind.CONSENT_GIVEN), (False, EventKind.CONSENT_REVOKED)):
        facts = "jsonb_build_object('permission', name, 'how', how, 'by', CAST(:by AS text))"
        select = f"""SELECT customer_id, permission AS subject_id, {facts} AS facts, 0 AS depth
                     FROM (SELECT * {_NEWS}) AS n WHERE given = :given"""
        batch.record(select, {"given": given, "by": batch.values["by"]}, kind)


def only_count(batch: MergeBatch) -> None:
    """Look at what the batch says about permissions, and name those that stay withdrawn."""
    batch.run("DROP TABLE IF EXISTS pg_temp.import_consents")
    batch.run(_ASKED)
    batch.said["kept_no"] = batch.run(_KEPT_OUT)
    batch.notes += batch.said["kept_no"]


def suppressions(batch: MergeBatch) -> None:
    """Addresses that must never be written to again, as the file says."""
    for kind in ("email", "phone"):
        batch.run(f"""
            WITH listed AS (
                INSERT INTO suppressions (kind, hash, reason, source, created_at)
                SELECT DISTINCT '{kind}', c.{kind}_hash, 'import', CAST(:file AS text), CAST(:now AS timestamptz)
                FROM import_batch b JOIN customers c ON c.id = b.customer_id WHERE b.suppress AND c.{kind}_hash <> '' ORDER BY 2
                ON CONFLICT (kind, hash) DO NOTHING RETURNING hash)
            UPDATE import_batch b SET agreed = true, silenced = true
            FROM customers c JOIN listed ON listed.hash = c.{kind}_hash WHERE c.id = b.customer_id""")
    batch.said["suppressed"] = batch.run("SELECT count(*) FROM import_batch WHERE silenced")
    facts = "jsonb_build_object('reason', 'import', 'source', CAST(:file AS text))"
    select = f"""SELECT customer_id, NULL::uuid AS subject_id, {facts} AS facts, 0 AS depth
                 FROM import_batch WHERE silenced"""
    batch.record(select, {"file": batch.values["file"]}, EventKind.SUPPRESSED)
