"""Who is meant by the lines of a file, thousands at once? The same order of keys as for one, asked set-wise.

The lines stand in the temporary table `import_batch`: `kind` is the first key a line has (`SOURCE_ID`, `EMAIL`, `PHONE`), `customer_id`
becomes whom it means, `decided` says that a key has spoken. Lines that fit several customers are taken out and reported.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from domain.customers.identify.claim import claim_rows

EMAIL, PHONE, SOURCE_ID = 1, 2, 3
"""By what a line recognises its customer; also the order in which the kinds are merged."""
MOST = 5_000
"""Lines of a batch."""
Run = Callable[[str], int]
"""Executes a statement with the values of the import; how many rows it touched, or what its one number is."""
_CLAIMS = """
    SELECT v.word FROM import_batch CROSS JOIN LATERAL (VALUES
        ('source_id:' || nullif(source_id, '')), ('email:' || largesse_fold(nullif(email, ''))), ('phone:' || nullif(phone, ''))
    ) AS v (word)"""
_BY_SOURCE_ID = f"""
    UPDATE import_batch b SET customer_id = known.id, decided = true
    FROM (SELECT key, (SELECT c.id FROM customers c WHERE c.source_id = i.key) AS id FROM import_batch i WHERE kind = {SOURCE_ID}) AS known
    WHERE known.key = b.key AND known.id IS NOT NULL"""
# A subquery for each line is answered by the index whatever the planner believes of a table that has just grown.
_FITS = """
    SELECT b.key, b.line, m.rivals, m.id, m.lacking FROM import_batch b CROSS JOIN LATERAL (
        SELECT count(*) AS rivals, min(c.id::text)::uuid AS id, bool_and(c.source_id IS NULL) AS lacking
        FROM customers c WHERE {same} AND c.erased_at IS NULL) AS m
    WHERE NOT b.decided AND m.rivals > 0 {alone}"""
_ADOPT = f"""
    WITH fits AS MATERIALIZED ({{fits}} AND b.kind = {SOURCE_ID}),
    once AS (SELECT DISTINCT ON (id) id, key FROM fits WHERE rivals = 1 AND lacking ORDER BY id, line DESC),
    spoken AS (UPDATE import_batch b SET decided = true, customer_id = once.id
               FROM fits LEFT JOIN once USING (key) WHERE fits.key = b.key RETURNING b.line, b.customer_id)
    INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
    SELECT :import, line, false, true, 'A customer without an id had this {{word}}, and was given the id.'
    FROM spoken WHERE customer_id IS NOT NULL"""
_KNOW = f"""
    WITH fits AS MATERIALIZED ({{fits}} AND b.kind <> {SOURCE_ID}),
    known AS (UPDATE import_batch b SET decided = true, customer_id = fits.id FROM fits WHERE fits.key = b.key AND fits.rivals = 1),
    unclear AS (DELETE FROM import_batch b USING fits WHERE fits.key = b.key AND fits.rivals > 1 RETURNING b.line, fits.rivals)
    INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
    SELECT :import, line, true, true, rivals || ' customers have this {{word}}. A column with your id would say which one.' FROM unclear"""
_SAME = """
    WITH ranked AS (
        SELECT key, line, first_value(line) OVER (PARTITION BY customer_id ORDER BY line DESC) AS last
        FROM import_batch WHERE customer_id IS NOT NULL),
    earlier AS (DELETE FROM import_batch b USING ranked r WHERE r.key = b.key AND r.line < r.last RETURNING b.line, r.last)
    INSERT INTO import_remarks (import_id, line, left_out, while_merging, text)
    SELECT :import, line, true, true, 'Line ' || last || ' is about the same customer and comes later: it wins.' FROM earlier"""


def identify(session: Session, run: Run, staged: str) -> tuple[int, int]:
    """Say of every line whom it means, while nobody else adds them; how many lines were left out, and how many remarks were made.

    `staged` is the table with all lines of the file. A phone number that several of its lines share is nobody's own: it names none of them.
    """
    claim_rows(session, _CLAIMS)
    run(_BY_SOURCE_ID)
    alone = f"AND NOT EXISTS (SELECT FROM {staged} s WHERE s.kind = b.kind AND s.phone = b.phone AND s.phone <> '' AND s.key <> b.key)"
    left_out = notes = 0
    for word, fits in (
        ("e-mail address", _FITS.format(same="c.email_key = largesse_fold(b.email) AND c.email_key <> ''", alone="")),
        ("phone number", _FITS.format(same="c.phone = b.phone AND c.phone <> ''", alone=alone)),
    ):
        notes += run(_ADOPT.format(fits=fits, word=word))
        left_out += run(_KNOW.format(fits=fits, word=word))
    return left_out + run(_SAME), notes
