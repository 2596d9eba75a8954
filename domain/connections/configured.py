"""Which provider stands behind a connection, and with which settings? Asked by whoever is about to call it."""

import uuid
from typing import Any

from sqlalchemy.orm import Session

from domain.connections import secret_rotation
from domain.kernel import secrets
from domain.kernel.public_paths import RECEIPTS
from domain.tables.connections import Connection
from domain.tables.workspace import Project
from integrations import catalogue
from integrations.contract import Limits, Mode, Provider, Settings, Takes


class Unusable(Exception):
    """The connection cannot be used by anybody now. Args: a sentence that says why."""


def configured(session: Session, id: uuid.UUID) -> tuple[Provider, Settings]:
    """The provider of this connection and the values of its fields, secrets in clear. Raises Unusable."""
    connection = session.get(Connection, id)
    if connection is None or connection.archived_at is not None:
        raise Unusable("The connection is gone.")
    provider = provider_of(connection)
    return provider, secret_rotation.without_old(session, connection, provider, settings_of(connection, provider))


def receipts_url(session: Session, id: uuid.UUID) -> str:
    """Where a provider may post what became of a message, or empty: nobody reaches an installation without a public address."""
    project, connection = session.get(Project, 1), session.get(Connection, id)
    if project is None or connection is None or not project.public_url.startswith("https://"):
        return ""
    return RECEIPTS.address(project.public_url, word=connection.receipt_word)


def provider_of(connection: Connection) -> Provider:
    """The provider this connection is of. Raises Unusable where this installation does not have it."""
    try:
        return catalogue.provider(connection.provider)
    except KeyError as missing:
        raise Unusable(f"This installation has no provider called “{connection.provider}”.") from missing


def settings_of(connection: Connection, provider: Provider) -> Settings:
    """The values of its fields, secrets in clear. Raises Unusable where they can no longer be read."""
    try:
        hidden = secrets.decrypt(connection.secrets) if connection.secrets else {}
    except ValueError as broken:
        raise Unusable(str(broken)) from broken
    stored: dict[str, Any] = {**connection.config, **hidden}
    return {field.key: str(stored.get(field.key, field.default)) for field in provider.fields}


def webhook_mode(provider: Provider) -> Mode | None:
    """The mode by which a provider posts a body of ours to a server that somebody named; None where it has none."""
    if not any(field.host for field in provider.fields):
        return None
    return next((m for m in provider.modes if m.channel == "webhook" and m.takes is Takes.PAYLOAD), None)


def limits_of(connection: Connection, mode: Mode) -> Limits:
    """The mode's limits, lowered to what a person chose for this connection."""
    own = mode.limits
    return Limits(
        items=min(own.items, connection.batch) if connection.batch else own.items,
        bytes=own.bytes,
        per_second=min(filter(None, (own.per_second, connection.per_second)), default=None),
        concurrent=own.concurrent,
        counted=own.counted,
    )
