"""Decide about a batch of waiting recipients: who is left out and why, which code each gets, and what their messages say.

One short transaction: the rows are claimed, the reasons asked, codes reserved, slots rendered, deliveries written. Those whose call can
begin at once are opened here, for the check before a call is then the very check that let them pass; the others are `ready`.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from domain.distributions.audience import exclusions
from domain.incentives.ledger.assign import CodeRequest, reserve
from domain.kernel import clock
from domain.kernel.base import array
from domain.sending.prepare.recipe import ServedVersion, served_version
from domain.workspace.project.database_mark import may_send

_CLAIM = text("""
    SELECT id, version FROM recipients
    WHERE distribution_id = :distribution AND lane = :lane AND waits AND id > :after ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
FIRST = uuid.UUID(int=0)
"""Before every recipient."""


@dataclass(frozen=True, slots=True)
class WaitingRecipient:
    """A claimed recipient that has passed, or the reason why it has not."""

    id: uuid.UUID
    customer_id: uuid.UUID
    created_at: datetime.datetime
    voucher_id: uuid.UUID | None
    reason: str | None
    closed: tuple[str | None, ...]
    """A reason for each channel, in the order of the recipe, or None where it is open."""
    addresses: tuple[str, ...]
    before: bool
    """It was prepared before: some of its deliveries exist."""


@dataclass
class Claimed:
    """A batch of one version, locked until the transaction ends."""

    recipe: ServedVersion
    people: list[WaitingRecipient] = field(default_factory=list)
    last: uuid.UUID | None = None
    """The highest id that was claimed, of whatever version."""
    found: int = 0


def claim(session: Session, distribution_id: uuid.UUID, lane: str, after: uuid.UUID, limit: int) -> list[Claimed]:
    """Lock up to `limit` waiting recipients past `after`, by version, each with the reasons against it. None of a restored database."""
    if not may_send(session):
        return []
    rows = session.execute(_CLAIM, {"distribution": distribution_id, "lane": lane, "after": after, "limit": limit}).all()
    versions: dict[int, list[uuid.UUID]] = defaultdict(list)
    for row in rows:
        versions[row.version].append(row.id)
    return [_asked(session, served_version(session, distribution_id, version), ids, rows[-1].id) for version, ids in versions.items()]


def _asked(session: Session, about: ServedVersion, ids: Sequence[uuid.UUID], last: uuid.UUID) -> Claimed:
    channels = "".join(
        f", {exclusions.first_reason_sql(way.tests)} AS why_{n}, {way.address} AS address_{n}" for n, way in enumerate(about.ways)
    )
    rows = session.execute(
        text(f"""
            SELECT r.id, r.customer_id, r.created_at, r.voucher_id, r.prepared > 0 AS before,
                {exclusions.first_reason_sql(about.tests)} AS why{channels}
            FROM recipients r LEFT JOIN customers c ON c.id = r.customer_id
            WHERE r.id = ANY(CAST(:ids AS uuid[])) ORDER BY r.id
        """),
        about.values(clock.now(session)) | {"ids": array(ids)},
    ).all()
    return Claimed(about, [_person(row, len(about.ways)) for row in rows], last, len(rows))


def _person(row: Row[Any], ways: int) -> WaitingRecipient:
    closed = tuple(row.why if row.why == "erased" else getattr(row, f"why_{n}") for n in range(ways))
    reason = row.why or (closed[0] if all(closed) else None)
    return WaitingRecipient(
        row.id,
        row.customer_id,
        row.created_at,
        row.voucher_id,
        reason,
        closed,
        tuple(getattr(row, f"address_{n}") for n in range(ways)),
        row.before,
    )


@dataclass(frozen=True)
class Decided:
    """The people of a batch after codes were reserved. Who is in none of these waits for codes."""

    going: list[WaitingRecipient]
    codes: Mapping[uuid.UUID, uuid.UUID | None]
    left_out: dict[uuid.UUID, str]
    dry: str = ""
    """Why some wait, where some do."""


def decide(session: Session, claimed: Claimed) -> Decided:
    """Reserve a code for everybody who passed, in their order; those for whom there is none keep waiting."""
    left_out = {person.id: person.reason for person in claimed.people if person.reason}
    going = [person for person in claimed.people if not person.reason]
    held: dict[uuid.UUID, uuid.UUID | None] = {person.id: person.voucher_id for person in going}
    campaign = claimed.recipe.plan.campaign_id
    if not claimed.recipe.gives_codes or campaign is None or not going:
        return Decided(going, held, left_out)
    wanted = [CodeRequest(person.id, person.customer_id) for person in going if person.voucher_id is None]
    if not wanted:
        return Decided(going, held, left_out)
    reserved = reserve(session, campaign, wanted)
    held |= reserved.codes
    left_out |= dict.fromkeys(reserved.had_one, "had_one")
    served = [person for person in going if held.get(person.id) is not None and person.id not in left_out]
    waiting = len(going) - len(served) - len(reserved.had_one)
    return Decided(served, held, left_out, (reserved.why or "There are no codes left.") if waiting else "")
