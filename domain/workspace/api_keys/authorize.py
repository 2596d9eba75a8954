"""May this call be made? Who shows the key, for what and from where; one statement answers."""

import datetime
import hmac
import ipaddress
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.kernel import clock
from domain.kernel.secrets import digest
from domain.tables.workspace import ApiKey, Project


@dataclass(frozen=True)
class Shown:
    """What a caller shows: a token, and with most schemes the id it belongs to."""

    token: str
    app_id: str | None = None


@dataclass(frozen=True)
class Caller:
    """The key that was shown, and what every call needs beside it: the time, and where this installation is reached."""

    id: uuid.UUID
    name: str
    platform: str
    verbs: frozenset[str]
    campaigns: frozenset[uuid.UUID]
    """The campaigns that it may see and give codes of; empty: all."""
    addresses: tuple[str, ...]
    per_minute: int
    codes_per_day: int | None
    may_create_customers: bool
    fallback_code: str
    now: datetime.datetime
    public_url: str

    def sees(self, campaign_id: uuid.UUID) -> bool:
        """Whether this campaign is within its scope."""
        return not self.campaigns or campaign_id in self.campaigns

    def calls_from(self, address: str) -> bool:
        """Whether it may be used from this address."""
        if not self.addresses:
            return True
        try:
            at = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(at in ipaddress.ip_network(allowed) for allowed in self.addresses)


_PUBLIC_URL = select(Project.public_url).where(Project.id == 1).scalar_subquery()


def find(session: Session, shown: Shown) -> Caller | None:
    """Who shows this key; None where there is no such key, or it is no longer good."""
    asked = select(ApiKey, clock.NOW.label("now"), _PUBLIC_URL.label("public_url"))
    row = session.execute(asked.where(ApiKey.token_digest == digest(shown.token), ApiKey.revoked_at.is_(None))).one_or_none()
    if row is None or (shown.app_id is not None and not hmac.compare_digest(row.ApiKey.app_id.encode(), shown.app_id.encode())):
        return None
    key = row.ApiKey
    return Caller(
        id=key.id,
        name=key.name,
        platform=key.platform,
        verbs=frozenset(key.verbs),
        campaigns=frozenset(map(uuid.UUID, key.campaigns)),
        addresses=tuple(key.addresses),
        per_minute=key.per_minute,
        codes_per_day=key.codes_per_day,
        may_create_customers=key.may_create_customers,
        fallback_code=key.fallback_code,
        now=row.now.astimezone(datetime.UTC),
        public_url=row.public_url or "",
    )
