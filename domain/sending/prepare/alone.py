"""What if a batch breaks because of one recipient? The others are served; that one is left out with a reason, and shown to people."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.sending.prepare.decide import Claimed, WaitingRecipient, decide
from domain.sending.prepare.leases import Lease
from domain.sending.prepare.recipe import VersionBroken
from domain.sending.prepare.store import store_decisions
from domain.sending.states.leave_out import leave_out

REASON = "fault"


class AllBroke(Exception):
    """Nobody of a batch could be served: not they are at fault, but what they are served with. Args: the references in the log."""


def serve(session: Session, claimed: Claimed, lane: str, *, at_once: bool) -> tuple[list[Lease], str]:
    """Decide about the batch and write it down; what may be sent, and why some wait, where some do. Raises AllBroke or VersionBroken."""
    leases: list[Lease] = []
    dry: list[str] = []

    def part(people: Sequence[WaitingRecipient]) -> None:
        some = replace(claimed, people=list(people))
        served = decide(session, some)
        made = store_decisions(session, some, served, lane, at_once=at_once)
        session.flush()
        leases.extend(made)
        if served.dry:
            dry.append(served.dry)

    broken = quarantine.isolate(session, "recipients", claimed.people, part, lambda person: person.id, shared=(VersionBroken,))
    if broken and len(broken) == len(claimed.people):
        raise AllBroke(", ".join(one.reference for one in broken[:3]))
    alone = [one.item for one in broken]
    fresh, prepared = ([person.id for person in alone if person.before is before] for before in (False, True))
    if alone:
        leave_out(session, claimed.recipe.plan.channels, fresh, prepared, REASON)
    return leases, dry[0] if dry else ""
