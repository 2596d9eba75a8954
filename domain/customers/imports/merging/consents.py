"""What did the customers of a batch agree to? Permissions and suppression, set-wise; an opt-out is never undone by an import."""

from domain.customers.consents.opt_outs import OWN_ADDRESS
from domain.customers.imports.merging.merge import MergeBatch
from domain.journal.events import EventKind

_ASKED = """
    CREATE TEMPORARY TABLE import_consents ON COMMIT DROP AS
    SELECT DISTINCT ON (b.customer_id, said.permission) b.customer_id, b.line, said.permission, said.given, said.at, said.how, p.version,
           p.name, c.given AS before, EXISTS (SELECT FROM address_opt_outs o WHERE o.permission_id = p.id
               AND (o.kind, o.hash) IN (('email', who.email_hash), ('phone', who.phone_hash))) AS refused
    FROM import_batch b CROSS JOIN jsonb_to_recordset(b.consents) AS said(permission uuid, given boolean, at timestamptz, how text)
    JOIN permissions p ON p.id = said.permission
    JOIN customers who ON who.id = b.customer_id
    LEFT JOIN consents c ON c.customer_id = b.customer_id AND c.permission_id = p.id
    WHERE b.consents IS NOT NULL
    ORDER BY b.customer_id, said.permission, said.given"""
_KEPT_OUT = """
    INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
    SELECT :import, line, false, true, CASE WHEN before IS FALSE
        THEN 'The customer has withdrawn “' || name || '”, and it stays withdrawn: an import never undoes that.'
        ELSE 'This address said no to “' || name || '”, and that holds: an import never undoes it.' END
    FROM import_consents WHERE given AND (before IS FALSE OR refused)"""
_NEWS = "FROM import_consents WHERE (before IS NULL AND NOT (given AND refused)) OR (before AND NOT given)"
_NO = f"""
    WITH said AS (
        INSERT INTO address_opt_outs (permission_id, kind, hash, how, created_at)
        SELECT DISTINCT ON (i.permission, a.kind, a.hash) i.permission, a.kind, a.hash, i.how, i.at
        FROM import_consents i JOIN customers c ON c.id = i.customer_id CROSS JOIN LATERAL ({OWN_ADDRESS}) AS a
        WHERE NOT i.given ORDER BY i.permission, a.kind, a.hash, i.at ON CONFLICT DO NOTHING RETURNING kind, hash),
    others AS (
        SELECT c.id FROM said JOIN customers c ON said.kind = 'email' AND c.email_hash = said.hash AND c.email_hash <> ''
        UNION SELECT c.id FROM said JOIN customers c ON said.kind = 'phone' AND c.phone_hash = said.hash AND c.phone_hash <> '')
    INSERT INTO dirty_customers (customer_id, facts, depth, silent)
    SELECT id, '{{consent}}', 0, true FROM others WHERE NOT EXISTS (SELECT FROM import_consents i WHERE i.customer_id = others.id)"""
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
    batch.run(_NO)
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
    for kind, said in (("email", "(b.suppress OR b.suppress_email)"), ("phone", "b.suppress")):
        batch.run(f"""
            WITH listed AS (
                INSERT INTO suppressions (kind, hash, reason, source, created_at)
                SELECT DISTINCT '{kind}', c.{kind}_hash, 'import', CAST(:file AS text), CAST(:now AS timestamptz)
                FROM import_batch b JOIN customers c ON c.id = b.customer_id WHERE {said} AND c.{kind}_hash <> '' ORDER BY 2
                ON CONFLICT (kind, hash) DO NOTHING RETURNING hash)
            UPDATE import_batch b SET agreed = true, silenced = true
            FROM customers c JOIN listed ON listed.hash = c.{kind}_hash WHERE c.id = b.customer_id""")
    batch.said["suppressed"] = batch.run("SELECT count(*) FROM import_batch WHERE silenced")
    facts = "jsonb_build_object('reason', 'import', 'source', CAST(:file AS text))"
    select = f"""SELECT customer_id, NULL::uuid AS subject_id, {facts} AS facts, 0 AS depth
                 FROM import_batch WHERE silenced"""
    batch.record(select, {"file": batch.values["file"]}, EventKind.SUPPRESSED)
