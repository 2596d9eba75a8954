"""How are free codes taken so that each is taken once, and none is lost? Exactly as many as are wanted, or none.

A claim skips codes that others are just taking. When that leaves too few, they may only look gone (another worker has not
committed): the claim lets go of what it had, takes the campaign's lock and waits for the others. Only then the pool is dry.
Letting go first matters: who waits for the lock while holding codes would keep its owner waiting for ever.
"""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.incentives.codes.draw import UsedUp, make

AUTO_UPDATE_AT_LEAST = 1_000
_NIL = uuid.UUID(int=0)
_last_claimed: dict[uuid.UUID, uuid.UUID] = {}
"""Where this process's claims had come to, by campaign: a hint that keeps them off the dead entries at the head of the index."""


@dataclass(frozen=True)
class CodeSource:
    """What a claim needs to know of its campaign."""

    id: uuid.UUID
    join_once: bool
    redemption_limit: int | None
    auto_update: bool
    pattern: str
    charset: str
    making: bool = False
    """Whether more of its codes are being made just now."""
    closed: str = ""
    """Why it gives no codes now, in words; empty where it does."""


@dataclass(frozen=True)
class ClaimedCodes:
    """The codes taken, and why they are fewer than wanted."""

    codes: list[uuid.UUID]
    dry: str = ""


_FREE = """
    SELECT id FROM vouchers WHERE campaign_id = :campaign AND is_free AND id > :after
    ORDER BY id LIMIT :wanted FOR UPDATE
"""
_SKIPPING, _WAITING = text(_FREE + " SKIP LOCKED"), text(_FREE)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('largesse pool ' || :campaign, 0))")


def claim(session: Session, source: CodeSource, wanted: int) -> ClaimedCodes:
    """Lock `wanted` free codes for this transaction; fewer only where the pool is dry.

    The codes are locked, not changed: the caller gives them a holder in the same transaction, or they are free again.
    """
    if wanted == 0:
        return ClaimedCodes([])
    point = session.begin_nested()
    codes = _ask(session, source, wanted, after=_last_claimed.get(source.id, _NIL))
    if len(codes) == wanted:
        point.commit()
        return ClaimedCodes(codes)
    point.rollback()
    return _claim_alone(session, source, wanted)


def _claim_alone(session: Session, source: CodeSource, wanted: int) -> ClaimedCodes:
    session.execute(_LOCK, {"campaign": str(source.id)})
    codes = _ask(session, source, wanted, wait=True)
    missing = wanted - len(codes)
    if missing == 0:
        return ClaimedCodes(codes)
    if not source.auto_update:
        return ClaimedCodes(codes, "Its codes are still being made." if source.making else "The pool has no free codes left.")
    try:
        make(session, source.id, source.pattern, source.charset, max(missing, AUTO_UPDATE_AT_LEAST))
    except UsedUp as why:
        return ClaimedCodes(codes, str(why))
    return ClaimedCodes(_ask(session, source, wanted, wait=True))


def _ask(session: Session, source: CodeSource, wanted: int, after: uuid.UUID = _NIL, wait: bool = False) -> list[uuid.UUID]:
    codes = list(
        session.scalars(_WAITING if wait else _SKIPPING, {"campaign": source.id, "after": after, "wanted": wanted}),
    )
    if codes:
        _last_claimed[source.id] = codes[-1]
    return codes
