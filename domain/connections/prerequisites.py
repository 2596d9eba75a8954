"""Is everything there at the platform that we are about to write to? Asked outside transactions; the answer is kept for ten minutes.

Like Test connection it goes in three steps: `ask`, commit, `call`, `record`. Whoever must not call (a plan, a page) reads `known`. Where a
person wants what is missing to be made there, `make` stands in place of `call`.
"""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.connections import configured
from domain.kernel import clock
from domain.tables.connections import Connection, Prerequisite
from integrations.contract import Config, Mode, Provider, Settings, Stop
from logs import log

if TYPE_CHECKING:
    from integrations.http import Http


KEPT = datetime.timedelta(minutes=10)
PAUSE = datetime.timedelta(seconds=5)
"""Between two questions of the same kind: a button is not a way to knock at other people's doors."""


@dataclass(frozen=True)
class Known:
    """What the platform said, and when. No problems: everything is there."""

    problems: tuple[str, ...]
    at: datetime.datetime


@dataclass(frozen=True)
class PrerequisiteQuery:
    """What is to be asked, with everything the call needs."""

    connection_id: uuid.UUID
    digest: str
    provider: Provider
    settings: Settings
    names: tuple[str, ...]


def asks(connection: Connection, mode: Mode) -> bool:
    """Whether there is anything to ask for this way of sending."""
    return configured.provider_of(connection).prerequisites is not None and mode.names is not None


def makes(connection: Connection, mode: Mode) -> bool:
    """Whether what is missing can be made there from here."""
    return configured.provider_of(connection).make_missing is not None and mode.names is not None and mode.names.exist


def known(session: Session, connection: Connection, mode: Mode, names: Sequence[str]) -> Known | None:
    """The answer to this very question, while it is fresh; None where nobody asked lately."""
    if not asks(connection, mode):
        return None
    row = session.get(Prerequisite, (connection.id, _digest(connection, mode, names)), populate_existing=True)
    if row is None or row.checked_at < clock.now(session) - KEPT:
        return None
    return Known(tuple(row.problems), row.checked_at)


def ask(
    session: Session, connection: Connection, mode: Mode, names: Sequence[str], *, anew: bool = False, make: bool = False
) -> PrerequisiteQuery | None:
    """The question, where it should be asked now; None where the answer is known, or there is none to be had.

    `anew`: a person asks again, and only what was answered seconds ago is not asked. `make`: what was missing is to be made.
    """
    found = known(session, connection, mode, names)
    if make:
        wanted = makes(connection, mode) and (found is None or bool(found.problems))
    else:
        wanted = asks(connection, mode) and (found is None or (anew and found.at < clock.now(session) - PAUSE))
    if not wanted:
        return None
    provider, settings = configured.configured(session, connection.id)
    return PrerequisiteQuery(connection.id, _digest(connection, mode, names), provider, settings, _asked(mode, names))


def call(http: Http, question: PrerequisiteQuery) -> tuple[str, ...]:
    """Ask the platform. No transaction is open now."""
    return _asked_of(question.provider.prerequisites, http, question)


def make(http: Http, question: PrerequisiteQuery) -> tuple[str, ...]:
    """Let the platform make what is missing, then ask it; what could not be made is told first. No transaction is open now."""
    return _asked_of(question.provider.make_missing, http, question) or call(http, question)


def _asked_of(
    function: Callable[[Http, Settings, Sequence[str]], tuple[str, ...]] | None, http: Http, question: PrerequisiteQuery
) -> tuple[str, ...]:
    assert function is not None
    try:
        return tuple(function(http, question.settings, question.names))
    except (Stop, Config) as why:
        return (str(why),)
    except Exception as broke:  # an adapter's bug costs an answer, never the page
        named = {"connection": str(question.connection_id), "provider": question.provider.key}
        log(__name__).error("a provider's prerequisites broke", **named, exc_info=broke)
        return (f"{question.provider.name} could not be asked what is there. Check again in a while.",)


def record(session: Session, question: PrerequisiteQuery, problems: Sequence[str]) -> Known:
    """Keep the answer, and forget old ones."""
    now = clock.now(session)
    session.execute(delete(Prerequisite).where(Prerequisite.checked_at < now - KEPT))
    values = {"problems": list(problems), "checked_at": now}
    wanted = insert(Prerequisite).values(connection_id=question.connection_id, question=question.digest, **values)
    session.execute(wanted.on_conflict_do_update(index_elements=["connection_id", "question"], set_=values))
    return Known(tuple(problems), now)


def _asked(mode: Mode, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names))) if mode.names is not None and mode.names.exist else ()


def _digest(connection: Connection, mode: Mode, names: Sequence[str]) -> str:
    asked = "\n".join((mode.key, str(connection.row_version), *_asked(mode, names)))
    return hashlib.sha256(asked.encode()).hexdigest()[:32]
