"""What every lane passes over, the newest first; each can be tried again or dropped, or all of a lane at once."""

import uuid
from collections.abc import Callable, Sequence

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from domain.journal import quarantine
from domain.journal.lanes import LANES
from domain.kernel.actor import Actor
from domain.sending.calls import retry
from domain.sending.recipients import from_dates
from domain.tables.journal import BrokenWork
from webapp.access import actor, needs
from webapp.broken_work import blueprint
from webapp.broken_work.presenters import subjects
from webapp.database import db
from webapp.pages import go, show, toast
from webapp.paging import page

AT_ONCE = 1_000
"""How many of a lane are tried again or dropped in one go."""
AGAIN: dict[str, Callable[[Session, str, Actor], object]] = {
    "recipients": lambda session, item, actor: retry.retry_recipient(session, uuid.UUID(item), actor),
    "dates": lambda session, item, actor: from_dates.record_again(session, item),
}
DROPS: dict[str, Callable[[Session, str], object]] = {"retries": lambda session, item: retry.give_up(session, uuid.UUID(item))}
"""Lane -> what else is done to an item, where a statement of its own does not suffice."""


@blueprint.get("")
@needs("repair")
def index() -> ResponseReturnValue:
    """All of it, or one lane's."""
    lane = request.args.get("lane", "")
    query = select(BrokenWork).where(BrokenWork.lane == lane) if lane in LANES else select(BrokenWork)
    rows = page(db.session(), query, by=[BrokenWork.id])
    about = subjects(db.session(), [row[0] for row in rows.rows])
    counts = quarantine.counts(db.session())
    return show("broken_work/index.html", "list", page=rows, about=about, counts=counts, lanes=LANES, said=quarantine.sentence)


@blueprint.post("/<uuid:id>/again")
@needs("repair")
def again(id: uuid.UUID) -> ResponseReturnValue:
    """Let this one be done like any other."""
    return _try_again(_chosen(BrokenWork.id == id))


@blueprint.post("/<uuid:id>/drop")
@needs("repair")
def drop(id: uuid.UUID) -> ResponseReturnValue:
    """Give this one up."""
    return _drop(_chosen(BrokenWork.id == id))


@blueprint.post("/lanes/<lane>/again")
@needs("repair")
def all_again(lane: str) -> ResponseReturnValue:
    """Let all of a lane be done again: somebody has mended what broke them."""
    return _try_again(_chosen(BrokenWork.lane == lane))


@blueprint.post("/lanes/<lane>/drop")
@needs("repair")
def drop_all(lane: str) -> ResponseReturnValue:
    """Give up all of a lane."""
    return _drop(_chosen(BrokenWork.lane == lane))


def _chosen(which: ColumnElement[bool]) -> Sequence[BrokenWork]:
    rows = db.session.scalars(select(BrokenWork).where(which).order_by(BrokenWork.id).limit(AT_ONCE).with_for_update()).all()
    return rows or abort(404)


def _try_again(rows: Sequence[BrokenWork]) -> ResponseReturnValue:
    session = db.session()
    rows = [row for row in rows if not LANES[row.lane].final] or abort(404)
    quarantine.try_again(session, actor(), rows)
    for row in rows:
        if row.lane in AGAIN:
            AGAIN[row.lane](session, row.item, actor())
    session.commit()
    toast(f"{_many(rows, 'is', 'are')} tried again. What breaks once more comes back here.")
    return go(url_for("broken_work.index"))


def _drop(rows: Sequence[BrokenWork]) -> ResponseReturnValue:
    session = db.session()
    for row in rows:
        if row.lane in DROPS:
            DROPS[row.lane](session, row.item)
    quarantine.drop(session, actor(), rows)
    session.commit()
    toast(f"{_many(rows, 'was', 'were')} dropped. Nothing more is done about that.")
    return go(url_for("broken_work.index"))


def _many(rows: Sequence[BrokenWork], is_: str, are: str) -> str:
    """`It is`, `1,000 are`."""
    return f"It {is_}" if len(rows) == 1 else f"{len(rows):,} {are}"
