"""A secret was replaced: for how long does the old one go on counting beside it? Set when it is changed, forgotten by the clock."""

import datetime
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel import clock, secrets
from domain.tables.connections import Connection
from integrations import catalogue
from integrations.contract import Provider, Settings


def keep_old(session: Session, connection: Connection, provider: Provider, before: Mapping[str, str], hidden: dict[str, str]) -> None:
    """Put what was just replaced in `hidden` where the provider still wants it, and note when that ends."""
    for field in provider.fields:
        if field.keeps is None:
            continue
        old_key, seconds = field.keeps
        was, now = before.get(field.key, ""), hidden.get(field.key, "")
        if was and was != now:
            hidden[old_key] = was
        if hidden.get(old_key) and hidden[old_key] != before.get(old_key):
            connection.forget_at = clock.now(session) + datetime.timedelta(seconds=seconds)
        elif not hidden.get(old_key):
            connection.forget_at = None


def without_old(session: Session, connection: Connection, provider: Provider, settings: Settings) -> Settings:
    """The settings as they count now: without replaced secrets whose time is over, also before the clock came by."""
    if connection.forget_at is None or connection.forget_at > clock.now(session):
        return settings
    return {**settings, **dict.fromkeys(_kept_keys(provider), "")}


def forget(session: Session, limit: int = 100) -> bool:
    """Forget replaced secrets whose time is over, of at most `limit` connections; whether there may be more. The clock calls it.

    What cannot be read stays as it is, is asked again next time, and keeps nothing behind it waiting.
    """
    over = session.scalars(select(Connection.id).where(Connection.forget_at <= clock.now(session)).order_by(Connection.forget_at)).all()
    forgotten = 0
    for id in over:
        if forgotten == limit:
            return True
        forgotten += _forget_one(session, id)
    return False


def _forget_one(session: Session, id: uuid.UUID) -> bool:
    one = select(Connection).where(Connection.id == id, Connection.forget_at <= clock.now(session))
    connection = session.scalars(
        one.with_for_update(key_share=True, skip_locked=True).execution_options(populate_existing=True)
    ).one_or_none()
    if connection is None:
        return False
    try:
        kept = secrets.decrypt(connection.secrets) if connection.secrets else {}
        gone = _kept_keys(catalogue.provider(connection.provider))
    except (ValueError, KeyError):  # unreadable, or a provider of another installation: it cannot be used anyway
        return False
    left = {key: value for key, value in kept.items() if key not in gone}
    connection.secrets, connection.forget_at = (secrets.encrypt(left) if left else b""), None
    session.flush()
    return True


def _kept_keys(provider: Provider) -> set[str]:
    return {field.keeps[0] for field in provider.fields if field.keeps}
