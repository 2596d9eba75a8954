"""Which code does each recipient of a batch get? One that is its alone, kept for it until the message has left or cannot leave."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from domain.incentives.ledger.claim import ClaimedCodes, CodeSource, claim
from domain.incentives.ledger.source import source as source_of
from domain.kernel import clock

TRIES = 5
"""Two distributions may reserve for the same customer at once: the second then finds the code of the first."""


@dataclass(frozen=True)
class CodeRequest:
    """A recipient, locked by the caller, and its customer."""

    recipient_id: uuid.UUID
    customer_id: uuid.UUID


@dataclass(frozen=True)
class Reserved:
    """Who got what. A recipient in neither `codes` nor `had_one` waits: the pool is dry, or the campaign gives nothing now."""

    codes: dict[uuid.UUID, uuid.UUID]
    """Recipient -> voucher, for everybody who has one now, `again` included."""
    had_one: set[uuid.UUID] = field(default_factory=set)
    """Recipients whose customer had a code of a campaign that is joined once, and used it or let it expire."""
    again: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    """The part of `codes` that the customer held before: such a voucher may be assigned already."""
    dry: bool = False
    why: str = ""
    """Why some wait, in words, where some do."""


@dataclass(frozen=True)
class HeldCode:
    """A code that a customer has already; `usable`: not expired, and redemptions left."""

    voucher_id: uuid.UUID
    usable: bool


_KEPT = text("SELECT id, voucher_id FROM recipients WHERE id = ANY(:recipients) AND voucher_id IS NOT NULL")
# The lock keeps a release from freeing a code that this statement is about to share; one that was freed meanwhile drops out.
_LOCK_HELD = text("""
    SELECT id FROM vouchers WHERE customer_id = ANY(:customers) AND campaign_id = :campaign AND state = 'reserved' ORDER BY id FOR UPDATE
""")
_HELD = text("""
    SELECT DISTINCT ON (customer_id) customer_id, id,
           (expires_at IS NULL OR expires_at > :now) AND (CAST(:limit AS int) IS NULL OR redeemed < :limit) AS usable
    FROM vouchers
    WHERE customer_id = ANY(:customers) AND campaign_id = :campaign AND state IN ('reserved', 'assigned')
    ORDER BY customer_id, usable DESC, id DESC
""")
_SHARE = text("""
    UPDATE recipients SET voucher_id = given.voucher
    FROM unnest(CAST(:recipients AS uuid[]), CAST(:vouchers AS uuid[])) AS given (recipient, voucher)
    WHERE recipients.id = given.recipient
""")
_GIVE = text("""
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:vouchers AS uuid[]), CAST(:recipients AS uuid[]), CAST(:customers AS uuid[]))
            AS given (voucher, recipient, customer)),
    held AS (
        UPDATE vouchers SET state = 'reserved', is_free = false, customer_id = given.customer, recipient_id = given.recipient, once = :once
        FROM given WHERE vouchers.id = given.voucher AND vouchers.is_free
        RETURNING vouchers.id, vouchers.recipient_id),
    marked AS (
        UPDATE recipients SET voucher_id = held.id FROM held
        WHERE recipients.id = held.recipient_id AND recipients.voucher_id IS NULL RETURNING recipients.id),
    counted AS (
        INSERT INTO pool_deltas (campaign_id, state, delta)
        SELECT :campaign, state, delta FROM (SELECT count(*)::int AS n FROM held) AS all_of_them,
            LATERAL (VALUES ('free', -n), ('reserved', n)) AS change (state, delta))
    SELECT (SELECT count(*) FROM held), (SELECT count(*) FROM marked)
""")


class LedgerBroken(Exception):
    """What must be equal is not; the transaction must be rolled back."""


def reserve(session: Session, campaign_id: uuid.UUID, wanted: Sequence[CodeRequest]) -> Reserved:
    """A code for each of `wanted`, served in that order. Asked again, a recipient keeps the code it has.

    Codes come from the pool, or, in a campaign that is joined once, from what the customer holds.
    """
    source = source_of(session, campaign_id)
    rows = session.execute(_KEPT, {"recipients": [w.recipient_id for w in wanted]})
    kept: dict[uuid.UUID, uuid.UUID] = {row.id: row.voucher_id for row in rows}
    rest = [w for w in wanted if w.recipient_id not in kept]
    if not rest:
        return Reserved(kept)
    if source.closed:
        return Reserved(kept, why=source.closed)
    new = _once(session, source, rest) if source.join_once else _from_pool(session, source, rest)
    return Reserved(kept | new.codes, new.had_one, new.again, new.dry, new.why)


def _from_pool(session: Session, source: CodeSource, wanted: Sequence[CodeRequest]) -> Reserved:
    claimed = claim(session, source, len(wanted))
    codes = _give(session, source, claimed, wanted)
    return Reserved(codes, dry=bool(claimed.dry), why=claimed.dry)


def _once(session: Session, source: CodeSource, wanted: Sequence[CodeRequest]) -> Reserved:
    """Retried where another transaction gave one of these customers a code first: the index refuses the second one."""
    for attempt in range(TRIES):
        point = session.begin_nested()
        try:
            done = _once_tried(session, source, wanted)
        except (IntegrityError, OperationalError) as clash:
            point.rollback()
            if attempt + 1 == TRIES or not is_clash(clash):
                raise
        else:
            point.commit()
            return done
    raise AssertionError("unreachable")


def is_clash(error: IntegrityError | OperationalError) -> bool:
    """Unique violation or deadlock (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
    return getattr(error.orig, "sqlstate", "") in {"23505", "40P01"}


def _once_tried(session: Session, source: CodeSource, wanted: Sequence[CodeRequest]) -> Reserved:
    held = held_by(session, source, [w.customer_id for w in wanted])
    had_one = {w.recipient_id for w in wanted if w.customer_id in held and not held[w.customer_id].usable}
    first: dict[uuid.UUID, CodeRequest] = {}
    for w in wanted:
        if w.customer_id not in held:
            first.setdefault(w.customer_id, w)
    new = _from_pool(session, source, list(first.values()))
    usable = {customer: h.voucher_id for customer, h in held.items() if h.usable}
    usable |= {w.customer_id: new.codes[w.recipient_id] for w in first.values() if w.recipient_id in new.codes}
    again = {
        w.recipient_id: usable[w.customer_id]
        for w in wanted
        if w.recipient_id not in had_one and w.recipient_id not in new.codes and w.customer_id in usable
    }
    if again:
        session.execute(_SHARE, {"recipients": list(again), "vouchers": list(again.values())})
    return Reserved(new.codes | again, had_one, again, new.dry, new.why)


def held_by(session: Session, source: CodeSource, customers: list[uuid.UUID]) -> dict[uuid.UUID, HeldCode]:
    """The best code of this campaign that each of these customers has or is kept for, locked where it is only reserved."""
    values = {"customers": customers, "campaign": source.id, "limit": source.redemption_limit, "now": clock.now(session)}
    session.execute(_LOCK_HELD, values)
    return {customer: HeldCode(voucher, usable) for customer, voucher, usable in session.execute(_HELD, values)}


def _give(session: Session, source: CodeSource, claimed: ClaimedCodes, wanted: Sequence[CodeRequest]) -> dict[uuid.UUID, uuid.UUID]:
    served = wanted[: len(claimed.codes)]
    if not served:
        return {}
    held, marked = session.execute(
        _GIVE,
        {
            "vouchers": claimed.codes,
            "recipients": [w.recipient_id for w in served],
            "customers": [w.customer_id for w in served],
            "once": source.join_once,
            "campaign": source.id,
        },
    ).one()
    if not held == marked == len(served):
        raise LedgerBroken(f"{len(served)} codes were to be reserved; {held} were, and {marked} recipients have one.")
    return {w.recipient_id: code for w, code in zip(served, claimed.codes, strict=True)}
