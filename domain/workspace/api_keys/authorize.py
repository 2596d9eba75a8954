"""May this call be made? Who shows the key, for what, from where, and how often already."""

import datetime
import hmac
import ipaddress
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.secrets import digest
from domain.tables.workspace import ApiKey

SPANS = {"minute": datetime.timedelta(minutes=1), "day": datetime.timedelta(days=1)}


@dataclass(frozen=True)
class Shown:
    """What a caller shows: a token, and with most schemes the id it belongs to."""

    token: str
    app_id: str | None = None


@dataclass(frozen=True)
class Taken:
    """How a span stands after this call: `limit` and what remains, and when it begins anew."""

    limit: int
    remaining: int
    anew_at: datetime.datetime

    @property
    def allowed(self) -> bool:
        """Whether this call was still within the limit."""
        return self.remaining >= 0


def find(session: Session, shown: Shown) -> ApiKey | None:
    """The key that was shown, if it is one and still good."""
    key = session.scalars(select(ApiKey).where(ApiKey.token_digest == digest(shown.token), ApiKey.revoked_at.is_(None))).one_or_none()
    if key is None or (shown.app_id is not None and not hmac.compare_digest(key.app_id, shown.app_id)):
        return None
    return key


def from_here(key: ApiKey, address: str) -> bool:
    """Whether the key may be used from this address."""
    if not key.addresses:
        return True
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(caller in ipaddress.ip_network(allowed) for allowed in key.addresses)


_TAKE = text("""
    INSERT INTO api_key_windows AS w (key_id, span, begins_at, taken) VALUES (:key, :span, :begins, :units)
    ON CONFLICT (key_id, span) DO UPDATE
    SET taken = CASE WHEN w.begins_at = :begins THEN w.taken + :units ELSE :units END, begins_at = :begins
    RETURNING taken
""")


def take(session: Session, key: ApiKey, span: str, limit: int, units: int = 1) -> Taken:
    """Count `units` against the key's running `span` (`minute` or `day`, both in UTC)."""
    now = clock.now(session)
    begins = now.replace(second=0, microsecond=0) if span == "minute" else now.replace(hour=0, minute=0, second=0, microsecond=0)
    taken = session.execute(_TAKE, {"key": key.id, "span": span, "begins": begins, "units": units}).scalar_one()
    return Taken(limit, limit - taken, begins + SPANS[span])
