"""Add a connection, change it, put it away. Nothing of its secrets leaves again, not even into the audit trail."""

import secrets as random
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.connections import configured, secret_rotation
from domain.connections.fields import Checked, checked
from domain.journal import audit, notices
from domain.kernel import clock, row_versions, secrets
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, folded, outside
from domain.kernel.errors import Refused
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.usage import references
from integrations import catalogue
from integrations.contract import Provider

LONGEST_NAME = 80


def create(
    session: Session,
    actor: Actor,
    provider_key: str,
    name: str,
    values: Mapping[str, str],
    *,
    per_second: int | None = None,
    batch: int | None = None,
    tells_opt_outs: bool = False,
) -> tuple[Connection, Checked]:
    """A new connection, and what was made for it. Raises Refused by field: `name`, `per_second`, `batch` or a key of the provider."""
    provider = catalogue.provider(provider_key)
    named, typed = _right(session, provider, name, values, per_second, batch)
    now = clock.now(session)
    connection = Connection(
        name=named,
        name_key=folded(named),
        provider=provider.key,
        config=typed.config,
        secrets=secrets.encrypt(typed.hidden) if typed.hidden else b"",
        receipt_word=random.token_urlsafe(24),
        per_second=per_second,
        batch=batch,
        tells_opt_outs=tells_opt_outs and provider.tell_opt_out is not None,
        created_at=now,
        updated_at=now,
        updated_by=actor.name,
    )
    secret_rotation.keep_old(session, connection, provider, {}, typed.hidden)
    session.add(connection)
    session.flush()
    audit.record(session, actor, "add connection", _outside(connection), named, after=_told(connection))
    return connection, typed


def change(
    session: Session,
    actor: Actor,
    connection: Connection,
    seen: int,
    name: str,
    values: Mapping[str, str],
    *,
    per_second: int | None = None,
    batch: int | None = None,
    tells_opt_outs: bool = False,
    cleared: Collection[str] = (),
) -> Checked:
    """Save what was typed; empty secrets stay as they were, unless they are `cleared`.

    Raises Refused, or Stale where somebody saved first.
    """
    provider = configured.provider_of(connection)
    try:
        kept = configured.settings_of(connection, provider)
    except configured.Unusable:
        kept = {}
    kept = {key: value for key, value in kept.items() if key not in cleared}
    named, typed = _right(session, provider, name, values, per_second, batch, connection, kept)
    row_versions.edit(session, connection, seen, actor)
    before, secrets_before = _told(connection), kept
    secret_rotation.keep_old(session, connection, provider, kept, typed.hidden)
    connection.name, connection.name_key = named, folded(named)
    connection.config = typed.config
    connection.secrets = secrets.encrypt(typed.hidden) if typed.hidden else b""
    connection.per_second, connection.batch = per_second, batch
    connection.tells_opt_outs = tells_opt_outs and provider.tell_opt_out is not None
    connection.health, connection.health_reason = "unknown", ""
    session.flush()
    changed = [*(key for key, value in typed.hidden.items() if secrets_before.get(key) != value), *cleared]
    after = _told(connection) | ({"secrets changed": ", ".join(sorted(changed))} if changed else {})
    audit.record(session, actor, "edit connection", _outside(connection), named, before, after)
    return typed


def archive(session: Session, actor: Actor, connection: Connection, seen: int) -> None:
    """Put it away for good: it sends no more, and its secrets are forgotten. Raises Refused naming what still uses it."""
    if used := used_by(session, connection.id):
        raise Refused({"": f"“{connection.name}” is still used by {_listed(used)}. Stop or change that first."})
    row_versions.edit(session, connection, seen, actor)
    connection.archived_at = clock.now(session)
    connection.name_key = f"{connection.name_key} #{connection.id.hex}"
    connection.secrets, connection.forget_at = b"", None
    session.flush()
    notices.resolve(session, "connection", _outside(connection))
    audit.record(session, actor, "archive connection", _outside(connection), connection.name)


def used_by(session: Session, id: uuid.UUID) -> list[str]:
    """What needs this connection: unfinished distributions and campaigns by name, and the project's own mail."""
    system = ["account mail and notices (Settings, Project)"] if workspace.current_project(session).system_connection_id == id else []
    campaigns = [f"“{name}”, which tells of a low pool" for name in references.telling_through(session, id)]
    return [*(f"“{name}”" for name in references.using_connection(session, id)), *campaigns, *system]


def free_name(session: Session, provider: Provider) -> str:
    """A name nobody has: the provider's, with a number where that is taken."""
    taken = set(session.scalars(select(Connection.name_key).where(Connection.name_key.startswith(folded(provider.name), autoescape=True))))
    names = (provider.name if n == 1 else f"{provider.name} {n}" for n in range(1, len(taken) + 2))
    return next(name for name in names if folded(name) not in taken)


def listed(session: Session) -> Sequence[Connection]:
    """All connections that were not put away, by name."""
    return session.scalars(select(Connection).where(Connection.archived_at.is_(None)).order_by(Connection.name_key)).all()


def _right(
    session: Session,
    provider: Provider,
    name: str,
    values: Mapping[str, str],
    per_second: int | None,
    batch: int | None,
    connection: Connection | None = None,
    kept: Mapping[str, str] | None = None,
) -> tuple[str, Checked]:
    """The name and the values, or everything that is wrong at once."""
    mistakes: dict[str, str] = {}
    named, typed = " ".join(name.split()), Checked({}, {})
    if wrong := _name_mistake(session, named, connection):
        mistakes["name"] = wrong
    for key, number in (("per_second", per_second), ("batch", batch)):
        if number is not None and number < 1:
            mistakes[key] = "Write a whole number above 0, or leave it empty."
    try:
        typed = checked(provider, values, kept)
    except Refused as wrong_fields:
        mistakes |= wrong_fields.mistakes
    if mistakes:
        raise Refused(mistakes)
    return named, typed


def _name_mistake(session: Session, name: str, connection: Connection | None) -> str | None:
    if not name:
        return "Give the connection a name, so that everybody knows which one it is."
    if len(name) > LONGEST_NAME:
        return f"A name may have {LONGEST_NAME} characters."
    same = select(func.count()).where(Connection.name_key == folded(name))
    if connection is not None:
        same = same.where(Connection.id != connection.id)
    return f"There is already a connection called “{name}”. Choose another name." if session.scalar(same) else None


def _told(connection: Connection) -> dict[str, Any]:
    """What the audit trail may know."""
    return {
        "name": connection.name,
        "provider": connection.provider,
        "calls a second": connection.per_second,
        "messages a call": connection.batch,
        "tells opt-outs": connection.tells_opt_outs,
        **connection.config,
    }


def _outside(connection: Connection) -> str:
    return outside(Prefix.CONNECTION, connection.id)


def _listed(words: list[str]) -> str:
    shown = words[:3] + ([f"{len(words) - 3} more"] if len(words) > 3 else [])
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
