"""Who did what? The audit trail, filtered; and the difference that a command made, in words."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from domain.kernel.base import folded
from domain.kernel.text.folding import begins
from domain.tables.journal import Audit


@dataclass(frozen=True)
class AuditFilter:
    """What the page asks for; empty or None: all. `since` and `until` are moments, `until` not included."""

    actor: str = ""
    command: str = ""
    subject: str = ""
    text: str = ""
    """The beginning of the name of what was changed."""
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None

    @property
    def order(self) -> tuple[ColumnElement[Any], ...]:
        """Newest first: by the id, or, where days are asked, by the time, which has an index of its own."""
        dated = self.since or self.until
        return (Audit.created_at.expression, Audit.id.expression) if dated else (Audit.id.expression,)


@dataclass(frozen=True)
class AuditEntry:
    """One value before and after, as text; empty where there was none."""

    name: str
    before: str
    after: str


def entries(wanted: AuditFilter) -> Select[Audit]:
    """The query of the rows that fit."""
    query = select(Audit)
    if wanted.actor:
        query = query.where(Audit.actor == wanted.actor)
    if wanted.command:
        query = query.where(Audit.command == wanted.command)
    if wanted.subject:
        query = query.where(Audit.subject == wanted.subject)
    if words := folded(wanted.text):
        query = query.where(begins(Audit.subject_key, words))
    if wanted.since is not None:
        query = query.where(Audit.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Audit.created_at < wanted.until)
    return query


def changes(entry: Audit) -> list[AuditEntry]:
    """What differs between before and after; nothing that stayed."""
    before, after = entry.before or {}, entry.after or {}
    names = [*before, *(name for name in after if name not in before)]
    return [
        AuditEntry(name.replace("_", " "), said(before.get(name)), said(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]


def said(value: Any) -> str:
    """A JSON value as people read it."""
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(said(v) for v in value)
        case dict():
            return "; ".join(f"{k.replace('_', ' ')}: {said(v)}" for k, v in value.items())
        case _:
            return str(value)


def known(session: Session) -> tuple[list[tuple[str, str]], list[str]]:
    """Actors (id, name) and commands of the latest ten thousand rows, for the lists of the filter."""
    latest = select(Audit.actor, Audit.actor_name, Audit.command).order_by(Audit.id.desc()).limit(10_000).subquery()
    rows = session.execute(select(latest.c.actor, latest.c.actor_name, latest.c.command).distinct()).all()
    actors = {row.actor: row.actor_name for row in rows}
    return sorted(actors.items(), key=lambda pair: pair[1].casefold()), sorted({row.command for row in rows})


def csv_rows(session: Session, wanted: AuditFilter, zone: datetime.tzinfo) -> Iterator[list[str]]:
    """The same rows for a file, newest first, read in batches."""
    yield ["time", "who", "who id", "command", "subject", "subject id", "before", "after"]
    query = entries(wanted).order_by(Audit.id.desc()).execution_options(yield_per=500)
    for entry in session.scalars(query):
        at = entry.created_at.astimezone(zone).isoformat(timespec="seconds")
        who = [entry.actor_name, entry.actor]
        yield [at, *who, entry.command, entry.subject_name, entry.subject, said(entry.before), said(entry.after)]
