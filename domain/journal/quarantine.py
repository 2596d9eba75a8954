"""What breaks alone? A batch that fails is taken apart until the item that breaks stands by itself; it is written down and passed over.

The item stays where it is; a claim leaves out what `passed_over` names. Of it only the lane, its id, the class of the error and a
reference that finds the log line are kept. A person tries it again, or drops it.
"""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from domain.journal import audit, notices
from domain.journal.lanes import LANES
from domain.journal.trouble import is_trouble, name_of
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.kernel.nudges import nudge
from domain.tables.journal import BrokenWork, Notice
from logs import log

Item = TypeVar("Item")
NOTICE = "broken_work"
AN_HOUR = datetime.timedelta(hours=1)
"""How often people are told of a lane, at most."""


@dataclass(frozen=True)
class Alone(Generic[Item]):
    """An item that broke by itself."""

    item: Item
    reference: str


def isolate(
    session: Session,
    lane: str,
    items: Sequence[Item],
    do: Callable[[Sequence[Item]], object],
    named: Callable[[Item], object] = str,
    shared: tuple[type[Exception], ...] = (),
) -> list[Alone[Item]]:
    """Do `items` at once or, where that breaks, in ever smaller parts; those that break alone are written down and returned.

    `do` may be called several times with parts of the same items; what it did before it broke is undone. Raises what is no item's fault:
    trouble, and `shared` errors, which are about what all of them stand on.
    """
    if not items:
        return []
    try:
        with session.begin_nested():
            do(items)
            session.flush()
    except Exception as why:
        if is_trouble(why) or isinstance(why, shared):
            raise
        if len(items) == 1:
            return [Alone(items[0], write_down(session, lane, named(items[0]), why))]
        half = len(items) // 2
        first = isolate(session, lane, items[:half], do, named, shared)
        return first + isolate(session, lane, items[half:], do, named, shared)
    return []


def each(
    session: Session, lane: str, items: Sequence[Item], do: Callable[[Item], object], named: Callable[[Item], object] = str
) -> list[Alone[Item]]:
    """The same for what is done one after another."""

    def all_of(some: Sequence[Item]) -> None:
        for one in some:
            do(one)

    return isolate(session, lane, items, all_of, named)


def write_down(session: Session, lane: str, item: object, why: BaseException, reference: str = "") -> str:
    """Keep that `item` broke, and tell people once an hour; the reference, under which the log says what exactly it was."""
    reference = reference or new_reference(why, lane, item)
    session.execute(
        text("""
            INSERT INTO broken_work (id, lane, item, error, reference, created_at) VALUES (:id, :lane, :item, :error, :reference, :now)
            ON CONFLICT (lane, item) DO UPDATE SET error = excluded.error, reference = excluded.reference,
                created_at = excluded.created_at, times = broken_work.times + 1
        """),
        {
            "id": new_id(), "lane": lane, "item": str(item), "error": name_of(why), "reference": reference, "now": clock.now(session),
        },
    )  # fmt: skip
    _tell(session, lane)
    return reference


def new_reference(why: BaseException, lane: str, *items: object) -> str:
    """Write the error into the log, with the work that broke and the ids it was about; the word that finds it there."""
    reference = uuid.uuid4().hex[:8]
    log(__name__).error("work broke", lane=lane, item=" ".join(map(str, items)), reference=reference, exc_info=why)
    return reference


def _tell(session: Session, lane: str) -> None:
    """One notice a lane and hour: reworded while it is young, and news again after an hour."""
    now = clock.now(session)
    of_lane = select(Notice).where(Notice.kind == NOTICE, Notice.subject == lane).order_by(Notice.id.desc()).limit(1)
    last = session.scalars(of_lane).one_or_none()
    if last is not None and last.created_at > now - AN_HOUR and last.resolved_at is not None:
        return  # somebody has seen it
    if last is not None and last.created_at <= now - AN_HOUR:
        notices.resolve(session, NOTICE, lane)
    notices.raise_notice(session, NOTICE, lane, sentence(lane, count(session, lane)), "Everything else goes on. Look at it in Settings.")


def sentence(lane: str, many: int) -> str:
    """`3 receipts could not be read`."""
    row = LANES[lane]
    return f"{many:,} {row.one if many == 1 else row.many} could not be {row.verb}"


def count(session: Session, lane: str) -> int:
    """How many items of this lane are passed over."""
    return session.scalar(select(func.count()).where(BrokenWork.lane == lane)) or 0


def counts(session: Session) -> dict[str, int]:
    """Lane -> how many of its items are passed over, where there are any."""
    query = select(BrokenWork.lane, func.count()).group_by(BrokenWork.lane).order_by(BrokenWork.lane)
    return dict(iter(session.execute(query)))


def mended(session: Session, lane: str, item: object) -> None:
    """This item did well, whoever tried it again."""
    session.execute(text("DELETE FROM broken_work WHERE lane = :lane AND item = :item"), {"lane": lane, "item": str(item)})
    _close_notice(session, lane)


def try_again(session: Session, actor: Actor, rows: Sequence[BrokenWork]) -> None:
    """Let these be done like any other; what breaks again comes back."""
    for row in rows:
        _run(session, LANES[row.lane].again, row)
        _gone(session, actor, "try broken work again", row)
        wanted = LANES[row.lane]
        if wanted.nudge:
            nudge(session, wanted.nudge, row.item if wanted.nudge == "job" else "", wanted.lane)


def drop(session: Session, actor: Actor, rows: Sequence[BrokenWork]) -> None:
    """A person gives these up: nothing more is done about them."""
    for row in rows:
        _run(session, LANES[row.lane].drop, row)
        _gone(session, actor, "drop broken work", row)


def _run(session: Session, statements: Sequence[str], row: BrokenWork) -> None:
    for statement in statements:
        session.execute(text(statement), {"item": row.item})


def _gone(session: Session, actor: Actor, command: str, row: BrokenWork) -> None:
    session.delete(row)
    session.flush()
    audit.record(session, actor, command, row.item, LANES[row.lane].one, {"lane": row.lane, "error": row.error, "reference": row.reference})
    _close_notice(session, row.lane)


def _close_notice(session: Session, lane: str) -> None:
    if not count(session, lane):
        notices.resolve(session, NOTICE, lane)


def whole(lane: str, item: str) -> str:
    """SQL: that `item`, an expression of ours, is not passed over in this lane. A claim asks it."""
    assert lane in LANES
    return f"NOT EXISTS (SELECT FROM broken_work b WHERE b.lane = '{lane}' AND b.item = CAST({item} AS text))"
