"""Which pictures does no mail need any more? Those that no draft and no template names and that were never launched go after a week."""

import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.messages.pictures.addresses import FOLDER

WEEK = datetime.timedelta(days=7)
"""So long a picture waits that no mail names: undo may bring it back."""
_WRITTEN = (
    "SELECT spec::text AS words FROM distributions WHERE status = 'draft'",
    "SELECT side_spec::text FROM distributions WHERE side_spec IS NOT NULL",
    "SELECT parts::text FROM mail_template_versions",
    "SELECT mail_look::text FROM project",
)
"""Where mails are written that were not launched yet."""
_NAMED = f"""
    SELECT DISTINCT found[1] AS word
    FROM ({" UNION ALL ".join(_WRITTEN)}) AS written,
         LATERAL regexp_matches(written.words, '{FOLDER}([0-9a-f]{{32}})[.]', 'g') AS found
"""


def forget(session: Session, limit: int = 200) -> bool:
    """Note which pictures are named, and delete some of those that were not for a week; whether there may be more."""
    now = clock.now(session)
    session.execute(
        text(f"""
            WITH named AS ({_NAMED})
            UPDATE pictures SET unused_since = CASE WHEN word IN (SELECT word FROM named) THEN NULL ELSE CAST(:now AS timestamptz) END
            WHERE NOT launched AND (unused_since IS NULL) <> (word IN (SELECT word FROM named))
        """),
        {"now": now},
    )
    gone = session.execute(
        text("""
            DELETE FROM pictures WHERE id = ANY(ARRAY(
                SELECT id FROM pictures WHERE NOT launched AND unused_since < :before ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED))
        """),
        {"before": now - WEEK, "limit": limit},
    )
    return gone.rowcount == limit  # type: ignore[attr-defined,no-any-return] # a result of a DELETE counts
