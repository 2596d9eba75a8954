"""How do more codes come into a pool at once? Drawn here, kept apart from each other by the unique index."""

import uuid

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.codes.pattern import draw, possible_codes
from domain.incentives.codes.pool import held
from domain.kernel import clock

SPARE_TO_GROW = 10
"""A pool grows by itself while there are this many possible codes for each one made; beyond, guessing one gets too easy."""
AT_ONCE = 20_000

_INSERT = text("""
    WITH made AS (
        INSERT INTO vouchers (campaign_id, code, state, redeemed, redeemed_minor, void_reason, imported, once, created_at)
        SELECT :campaign, code, 'free', 0, 0, '', false, false, :now FROM unnest(CAST(:codes AS text[])) AS code
        ON CONFLICT DO NOTHING RETURNING id),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT :campaign, 'free', count(*) FROM made HAVING count(*) > 0)
    SELECT count(*) FROM made
""")


class UsedUp(Exception):
    """There is no room for more codes of this pattern; the text says what to do."""


def room(pattern: str, charset: str, existing: int, more: int) -> None:
    """Raise UsedUp, in words, where the pattern has too few codes left to make `more`."""
    if not pattern:
        raise UsedUp("The codes of this campaign were imported and it has no pattern to make more from. Import further codes.")
    possible = possible_codes(pattern, charset)
    if possible < (existing + more) * SPARE_TO_GROW:
        raise UsedUp(
            f"The pattern {pattern} is nearly used up: it has {possible:,} possible codes and {existing:,} are made. "
            "Import further codes, or make a new campaign with a longer pattern."
        )


def make(session: Session, campaign_id: uuid.UUID, pattern: str, charset: str, count: int) -> int:
    """Make `count` free codes now; how many. Codes that exist already are drawn again. Raises UsedUp."""
    room(pattern, charset, held(session, campaign_id), count)
    missing = count
    while missing > 0:
        codes = list(draw(pattern, charset, min(missing, AT_ONCE)))
        missing -= session.execute(_INSERT, {"campaign": campaign_id, "codes": codes, "now": clock.now(session)}).scalar_one()
    return count
