"""Give or withdraw a permission: for one customer or a whole set, with the log, the events and the segments told."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.customers.consents import opt_outs
from domain.journal import audit, changed_facts
from domain.journal.events import EventKind, NewEvent, record
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer, Permission

_CHANGE = text("""
    WITH asked AS (
        SELECT c.id FROM customers c WHERE c.id = ANY(:customers) AND c.erased_at IS NULL ORDER BY c.id
    ), changed AS (
        INSERT INTO consents (customer_id, permission_id, given, version, at, how)
        SELECT id, :permission, :given, :version, :at, :how FROM asked
        ON CONFLICT (customer_id, permission_id) DO UPDATE
            SET given = excluded.given, version = excluded.version, at = excluded.at, how = excluded.how
            WHERE consents.given IS DISTINCT FROM excluded.given OR (excluded.given AND consents.version < excluded.version)
        RETURNING customer_id
    ), logged AS (
        INSERT INTO consent_log (id, customer_id, permission_id, given, version, how, by, created_at)
        SELECT largesse_uuid7(), customer_id, :permission, :given, :version, :how, :by, :now FROM changed
    )
    SELECT customer_id FROM changed ORDER BY customer_id
""")


def give(session: Session, actor: Actor, customers: Sequence[uuid.UUID], permission: Permission, how: str) -> list[uuid.UUID]:
    """These customers allow it from now on, in its present wording. Those for whom that is news.

    Who said no to it, or whose address did, is passed over (`opt_outs.held_back`): only they take that back, or a member who says why.
    """
    kept_out = opt_outs.held_back(session, customers, permission.id)
    return _change(session, actor, [id for id in customers if id not in kept_out], permission, how, given=True)


def give_again(session: Session, actor: Actor, customer: Customer, permission: Permission, how: str, why: str) -> None:
    """The customer, or a member in their name, allows it whatever was said before. Raises Refused where a no is lifted without a reason."""
    if opt_outs.held_back(session, [customer.id], permission.id) and not why.strip():
        raise Refused({"how": f"“{permission.name}” was refused by this person. Write how you know that they want it again."})
    opt_outs.lift(session, actor, customer, permission, why)
    _change(session, actor, [customer.id], permission, how, given=True)


def withdraw(
    session: Session,
    actor: Actor,
    customers: Sequence[uuid.UUID],
    permission: Permission,
    how: str,
    at: Sequence[opt_outs.Address] = (),
) -> list[uuid.UUID]:
    """These customers do not allow it any more, nor do the addresses `at` which they said so (without any: their own).

    Effective at once, for messages that wait, too. Those for whom that is news.
    """
    opt_outs.say_no(session, permission.id, at or opt_outs.own_addresses(session, customers), how)
    return _change(session, actor, customers, permission, how, given=False)


def _change(
    session: Session, actor: Actor, customers: Sequence[uuid.UUID], permission: Permission, how: str, *, given: bool
) -> list[uuid.UUID]:
    now: datetime.datetime = clock.now(session)
    values: dict[str, Any] = {
        "customers": list(customers), "permission": permission.id, "given": given, "version": permission.version,
        "at": now, "now": now, "how": how, "by": actor.name,
    }  # fmt: skip
    changed = list(session.scalars(_CHANGE, values))
    if not changed:
        return []
    changed_facts.mark(session, changed, ["consent"])
    kind = EventKind.CONSENT_GIVEN if given else EventKind.CONSENT_REVOKED
    facts = {"permission": permission.name, "how": how, "by": actor.name}
    record(session, [NewEvent(id, kind, permission.id, facts) for id in changed])
    command = "give permission" if given else "withdraw permission"
    for id in changed:
        after = {"permission": outside(Prefix.PERMISSION, permission.id), "version": permission.version, "how": how}
        audit.record(session, actor, command, outside(Prefix.CUSTOMER, id), permission.name, after=after)
    return changed
