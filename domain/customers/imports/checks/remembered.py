"""How was a file with this header read before? Remembered when an import starts, proposed for the next file, forgotten by a button."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.customers.imports.mapping import OF_A_PERMISSION, ImportSettings
from domain.customers.profiles import metadata
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.tables.customers import Permission
from domain.tables.imports import Import, ImportMapping


def header_key(header: Sequence[str]) -> str:
    """What files with the same columns in the same order have in common."""
    return hashlib.sha256("\0".join(name.strip().casefold() for name in header).encode()).hexdigest()


def mapping_of(session: Session, header: Sequence[str]) -> ImportMapping | None:
    """What was decided about such files; None where nothing was, or somebody forgot it."""
    return session.scalars(select(ImportMapping).where(ImportMapping.header_key == header_key(header))).one_or_none()


def every(session: Session) -> Sequence[ImportMapping]:
    """All that is remembered, the last used first; at most a hundred."""
    return session.scalars(select(ImportMapping).order_by(ImportMapping.used_at.desc()).limit(100)).all()


def proposed(session: Session, settings: ImportSettings) -> ImportSettings:
    """These settings as such a file was read before. What is gone since (a permission, a key of metadata) is guessed anew."""
    mapping = mapping_of(session, settings.header)
    if mapping is None:
        return settings
    before = ImportSettings.from_json(mapping.reading)
    permissions = {str(id) for id in session.scalars(select(Permission.id))}
    types = metadata.types(session)
    columns = tuple(
        now if then.to in OF_A_PERMISSION and then.key not in permissions else replace(then, type=types.get(then.key, then.type))
        for then, now in zip(before.columns, settings.columns, strict=True)
    )
    return replace(before, columns=columns, dialect=settings.dialect, header=settings.header, lines=settings.lines, react=False)


def remember(session: Session, actor: Actor, file: Import, settings: ImportSettings) -> None:
    """This is how files with this header are read from now on."""
    now = clock.now(session)
    values = {
        "file_name": file.file_name,
        "reading": replace(settings, react=False).as_json(),
        "used_at": now,
        "used_by": actor.name,
    }
    row = insert(ImportMapping).values(id=new_id(), header_key=header_key(settings.header), created_at=now, **values)
    session.execute(row.on_conflict_do_update(index_elements=["header_key"], set_=values))


def forget(session: Session, actor: Actor, id: uuid.UUID) -> None:
    """Guess again from now on. Forgetting twice changes nothing."""
    mapping = session.get(ImportMapping, id)
    if mapping is not None:
        audit.record(session, actor, "forget import mapping", str(id), mapping.file_name)
        session.delete(mapping)
