"""Make a key, or take it back."""

import ipaddress
import secrets as random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from domain.journal.audit import record
from domain.kernel import clock
from domain.kernel.actor import Actor
from domain.kernel.base import new_id
from domain.kernel.errors import Refused
from domain.kernel.secrets import digest
from domain.tables.workspace import VERBS, ApiKey


@dataclass(frozen=True)
class Made:
    """A fresh key with its token, which nobody will see again."""

    key: ApiKey
    token: str


def make(
    session: Session,
    actor: Actor,
    name: str,
    *,
    verbs: Sequence[str] = VERBS,
    platform: str = "",
    campaigns: Sequence[uuid.UUID] = (),
    addresses: Sequence[str] = (),
    per_minute: int = 2000,
    codes_per_day: int | None = None,
    may_create_customers: bool = False,
    fallback_code: str = "",
) -> Made:
    """A new key. Raises Refused for an empty name, an unknown verb, an address that is none or a limit below one."""
    ranges = _checked(name, verbs, addresses, per_minute, codes_per_day)
    token = random.token_urlsafe(32)
    key = ApiKey(
        id=new_id(),
        name=name.strip(),
        app_id=str(uuid.uuid4()),
        token_digest=digest(token),
        platform=platform,
        verbs=sorted(verbs),
        campaigns=[str(c) for c in campaigns],
        addresses=ranges,
        per_minute=per_minute,
        codes_per_day=codes_per_day,
        may_create_customers=may_create_customers,
        fallback_code=fallback_code.strip(),
        created_by=actor.id,
        created_at=clock.now(session),
    )
    session.add(key)
    session.flush()
    record(session, actor, "make API key", f"key_{key.id.hex}", key.name, after={"verbs": key.verbs, "platform": platform})
    return Made(key, token)


def revoke(session: Session, actor: Actor, key: ApiKey) -> None:
    """From the next call on, this key opens nothing."""
    if key.revoked_at is None:
        key.revoked_at = clock.now(session)
        record(session, actor, "revoke API key", f"key_{key.id.hex}", key.name)


def _checked(name: str, verbs: Sequence[str], addresses: Sequence[str], per_minute: int, codes_per_day: int | None) -> list[str]:
    """The addresses as ranges. Raises Refused with everything that is wrong."""
    mistakes: dict[str, str] = {}
    if not name.strip():
        mistakes["name"] = "Give the key a name, so that you know later who uses it."
    if not verbs or set(verbs) - set(VERBS):
        mistakes["verbs"] = "Choose at least one thing that the key may do."
    if per_minute < 1:
        mistakes["per_minute"] = "Allow at least one call a minute."
    if codes_per_day is not None and codes_per_day < 1:
        mistakes["codes_per_day"] = "Allow at least one code a day, or leave this empty."
    ranges = []
    for text in addresses:
        try:
            ranges.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            mistakes["addresses"] = f"“{text}” is not an address or range. Write it like 203.0.113.7 or 203.0.113.0/24."
    if mistakes:
        raise Refused(mistakes)
    return ranges
