"""Which addresses are never written to again? They are known only by their hash, so that the list outlives an erasure."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, select, text, tuple_
from sqlalchemy.orm import Session

from domain.customers.identify.match import with_address
from domain.journal import audit, changed_facts
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.actor import SYSTEM, Actor
from domain.kernel.addresses import address_hash
from domain.kernel.errors import Refused
from domain.tables.customers import Customer, Suppression

REASONS = {
    "bounced": "Bounced for good",
    "complained": "Complained",
    "unsubscribed": "Unsubscribed from everything",
    "stop": "Answered STOP",
    "erased": "Erased",
    "by hand": "Added by hand",
    "import": "Came with an import",
}
LIFTED = {
    "bounced": "A member who says why can allow it again, such as when the mailbox works now.",
    "complained": "Only when its owner asked for it: a member who says why can allow it again.",
    "unsubscribed": "They can take it back on their preference page, or a member who says that they asked for it.",
    "stop": "They can take it back by answering START, or a member who says that they asked for it.",
    "erased": "Only when its owner came back: a member who says why can allow it again.",
    "by hand": "A member who says why can allow it again.",
    "import": "A member who says why can allow it again; another import cannot.",
}
"""Reason -> who can lift it."""
_ADD = text("""
    INSERT INTO suppressions (kind, hash, reason, source, created_at)
    VALUES (:kind, :hash, :reason, :source, :now) ON CONFLICT (kind, hash) DO NOTHING RETURNING hash
""")


TOLD_OUTWARD = ("unsubscribed", "complained", "by hand")
"""Reasons that a person stands behind; a platform knows its own bounces."""
_TO_TELL = text("""
    INSERT INTO opt_outs_to_tell (connection_id, kind, hash, created_at, due_at)
    SELECT c.id, :kind, :hash, :now, :now FROM connections c
    WHERE c.tells_opt_outs AND c.archived_at IS NULL AND c.name <> :source ORDER BY c.id
    ON CONFLICT DO NOTHING
""")
_UNTELL = text("DELETE FROM opt_outs_to_tell WHERE kind = :kind AND hash = :hash")


def suppress(session: Session, kind: str, address: str, reason: str, source: str = "") -> bool:
    """Never write to this `email` or `phone` again; whether that is news. The first reason stays. `source` says where it comes from."""
    return suppress_hash(session, kind, address_hash(kind, address), reason, source)


def suppress_hash(session: Session, kind: str, hash: str, reason: str, source: str = "") -> bool:
    """The same for an address of which only the hash is known."""
    values = {"kind": kind, "hash": hash, "reason": reason, "source": source, "now": clock.now(session)}
    if not hash or session.execute(_ADD, values).one_or_none() is None:
        return False
    if kind == "email" and reason in TOLD_OUTWARD:  # never to the connection that told us: nothing goes in a circle
        session.execute(_TO_TELL, values)
    found = with_address(session, kind, hash)
    changed_facts.mark(session, found, ["suppressed"])
    record(session, [NewEvent(id, EventKind.SUPPRESSED, facts={"kind": kind, "reason": reason, "source": source}) for id in found])
    return True


def allow_again(session: Session, actor: Actor, kind: str, hash: str, why: str) -> None:
    """Take an address off the list. Raises Refused without a reason in words: somebody may ask for it one day."""
    if not why.strip():
        raise Refused({"why": "Say why this address may be written to again; it is kept in the audit trail."})
    gone = session.execute(
        delete(Suppression).where(Suppression.kind == kind, Suppression.hash == hash).returning(Suppression.reason)
    ).one_or_none()
    if gone is None:
        raise Refused({"": "This address is not on the list any more."})
    session.execute(_UNTELL, {"kind": kind, "hash": hash})
    changed_facts.mark(session, with_address(session, kind, hash), ["suppressed"])
    audit.record(session, actor, "allow address again", f"{kind}:{hash}", before={"reason": gone.reason}, after={"why": why.strip()})


def take_back(session: Session, kind: str, address: str, reason: str, source: str) -> bool:
    """The person took back what put the address on the list for `reason`; what came from elsewhere stays. Whether that is news."""
    hash = address_hash(kind, address)
    given = delete(Suppression).where(Suppression.kind == kind, Suppression.hash == hash, Suppression.reason == reason)
    if session.execute(given.returning(Suppression.reason)).one_or_none() is None:
        return False
    session.execute(_UNTELL, {"kind": kind, "hash": hash})
    changed_facts.mark(session, with_address(session, kind, hash), ["suppressed"])
    audit.record(session, SYSTEM, "allow address again", f"{kind}:{hash}", before={"reason": reason}, after={"why": source})
    return True


def add_by_hand(session: Session, actor: Actor, kind: str, address: str, why: str) -> bool:
    """A person puts an address on the list; whether that is news."""
    new = suppress(session, kind, address, "by hand", why.strip() or actor.name)
    if new:
        audit.record(session, actor, "suppress address", f"{kind}:{address_hash(kind, address)}", after={"reason": "by hand"})
    return new


def listed(kind: str = "", reason: str = "", hashes: Sequence[str] = ()) -> Select[Suppression]:
    """The query for the list, narrowed; an address is looked for by its hash, for nothing else of it is known."""
    query = select(Suppression)
    if kind:
        query = query.where(Suppression.kind == kind)
    if reason:
        query = query.where(Suppression.reason == reason)
    return query.where(Suppression.hash.in_(hashes)) if hashes else query


def of_customer(session: Session, customer: Customer) -> list[Suppression]:
    """Which of this customer's addresses are on the list."""
    keys = [(kind, hash) for kind, hash in (("email", customer.email_hash), ("phone", customer.phone_hash)) if hash]
    return list(session.scalars(select(Suppression).where(tuple_(Suppression.kind, Suppression.hash).in_(keys)))) if keys else []
