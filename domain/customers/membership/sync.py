"""Look for the members of a new or changed segment among all customers, a page at a time."""

import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import conditions
from domain.customers.facts.catalogue import known, moment
from domain.customers.membership.apply_difference import Among, Moved, apply_difference, record_moves
from domain.journal import audit, changed_facts, jobs, notices
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.tables.customers import Customer, Segment
from domain.tables.journal import Job

PAGE = 10_000
"""Customers looked at in one transaction."""


def begin(session: Session, segment: Segment, *, react: bool = False, asked_by: str = "") -> Job:
    """Count the revision up and start looking. Whatever sync of an older revision still runs ends by itself."""
    segment.revision += 1
    return _start(session, segment, react, asked_by)


def retry(session: Session, actor: Actor, segment: Segment) -> Job:
    """Try a failed sync again."""
    audit.record(session, actor, "sync segment again", outside(Prefix.SEGMENT, segment.id), segment.name)
    return _start(session, segment, segment.sync_reacts, actor.name)


def _start(session: Session, segment: Segment, react: bool, asked_by: str) -> Job:
    segment.sync, segment.sync_error = "syncing", ""
    segment.sync_done = segment.sync_total = 0
    segment.sync_cursor, segment.sync_reacts = None, react
    session.flush()
    return jobs.start(
        session, "sync_segment", f"Looking who is in “{segment.name}”", segment.id, cursor={"revision": segment.revision}, asked_by=asked_by
    )


def step(session: Session, job: Job) -> bool:
    """Look at the next page of customers; True when all were looked at, or the condition has changed since."""
    segment = session.scalars(
        select(Segment).where(Segment.id == job.subject_id).with_for_update(key_share=True).execution_options(populate_existing=True)
    ).one_or_none()
    if segment is None or segment.condition is None or segment.revision != job.cursor["revision"]:
        return True
    if "started" not in job.cursor:
        _first(session, segment, job)
    upto = _page_end(session, segment.sync_cursor)
    if upto is None:
        _finish(session, segment)
        return True
    facts = known(session)
    holds = conditions.where(segment.condition, facts, moment(session))
    depend = bool(session.scalar(select(func.count()).where(Segment.depends_on.contains([str(segment.id)]))))
    page = Among(after=segment.sync_cursor, upto=upto)
    moved = apply_difference(session, segment, holds, page, told=segment.sync_reacts or depend)
    _follow(session, segment, moved, depend)
    segment.sync_cursor = upto
    segment.sync_done = job.done = min(segment.sync_done + PAGE, segment.sync_total)
    return False


def _first(session: Session, segment: Segment, job: Job) -> None:
    segment.sync_total = job.total = session.scalar(select(func.count()).select_from(Customer)) or 0
    moving = segment.condition is not None and conditions.moves(segment.condition, known(session))
    segment.time_read_at = clock.now(session) if moving else None
    job.cursor = job.cursor | {"started": True}


def _page_end(session: Session, after: uuid.UUID | None) -> uuid.UUID | None:
    page = select(Customer.id).order_by(Customer.id).limit(PAGE)
    ids = (page if after is None else page.where(Customer.id > after)).subquery()
    return session.scalar(select(ids.c.id).order_by(ids.c.id.desc()).limit(1))


def _follow(session: Session, segment: Segment, moved: Moved, depend: bool) -> None:
    """Tell live distributions, if they are to react, and the segments that depend on this one."""
    if segment.sync_reacts:
        record_moves(session, segment.id, moved)
    if depend:
        changed_facts.mark(session, moved.all, [f"segment:{segment.id}"], silent=not segment.sync_reacts)


def _finish(session: Session, segment: Segment) -> None:
    segment.sync, segment.sync_cursor = "synced", None
    notices.resolve(session, "sync_failed", outside(Prefix.SEGMENT, segment.id))
    segment.sync_done = segment.sync_total
    segment.synced_revision = segment.revision
    segment.synced_at = clock.now(session)


def failed(session: Session, job: Job, error: str) -> None:
    """Say at the segment that its sync broke off; what it found so far stays."""
    segment = session.get(Segment, job.subject_id) if job.subject_id else None
    if segment is not None and segment.revision == job.cursor.get("revision"):
        broke(session, segment, error)


def broke(session: Session, segment: Segment, why: str) -> None:
    """Write down at the segment, and tell people, that its members could not be found."""
    segment.sync, segment.sync_error = "failed", why
    title = f"“{segment.name}” could not be synced"
    body = f"{why} The members found so far stay. Open the segment and try again."
    notices.raise_notice(session, "sync_failed", outside(Prefix.SEGMENT, segment.id), title, body, grave=True)
