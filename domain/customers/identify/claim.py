"""How do two that add the same customer at once become one? Whoever wants to add somebody claims the keys; the other waits, and finds.

A single caller takes an advisory lock for each of its keys, at most three. A batch of lines takes none, for locks are few: it writes its
keys as rows under a unique index, which makes everybody wait who writes one of them, too, until its transaction ends. Both write in sorted
order, so nobody waits in a circle, and delete the rows at once: what nobody sees committed still makes others wait.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.identify.keys import CustomerKeys

_LOCK = text("""
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended(word, 0) AS key FROM unnest(CAST(:words AS text[])) AS word ORDER BY 1) AS sorted
""")
_CLAIM = """
    INSERT INTO customer_claims (key) SELECT DISTINCT hashtextextended(word, 0) FROM ({words}) AS given (word) WHERE word <> '' ORDER BY 1
    ON CONFLICT (key) DO NOTHING {told}
"""
_GIVEN = text(_CLAIM.format(words="SELECT unnest(CAST(:words AS text[]))", told="RETURNING key"))
_LET_GO = text("DELETE FROM customer_claims WHERE key = ANY(CAST(:keys AS bigint[]))")
_LET_GO_OF = """
    DELETE FROM customer_claims WHERE key = ANY(ARRAY(SELECT hashtextextended(word, 0) FROM ({words}) AS given (word) WHERE word <> ''))
"""


def claim(session: Session, keys: CustomerKeys) -> None:
    """Nobody else adds a customer with one of these keys until this transaction ends."""
    words = keys.claims
    if words:
        session.execute(_LOCK, {"words": words})
        _let_go(session, session.scalars(_GIVEN, {"words": words}).all())


def claim_rows(session: Session, words: str) -> None:
    """The same for the keys of many lines; `words` is a SELECT of texts such as `email:…`, written as `CustomerKeys.claims` has them.

    Rows with these keys that can be seen are our own, whatever others write: the keys need not travel to be deleted.
    """
    session.execute(text(_CLAIM.format(words=words, told="")))
    session.execute(text(_LET_GO_OF.format(words=words)))


def _let_go(session: Session, keys: Sequence[int]) -> None:
    session.execute(_LET_GO, {"keys": list(keys)})
