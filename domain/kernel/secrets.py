"""How are secrets kept, and how is a link made that nobody can forge?

Both use the ring of keys in the settings, newest first: the first key writes, every key reads, so a key can be changed without
losing yesterday's credentials or links.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import settings

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet  # 7 MB that an idle clock need not hold


@functools.lru_cache(maxsize=64)
def _derived(key: str, purpose: str) -> bytes:
    return hmac.digest(key.encode(), f"largesse:{purpose}".encode(), "sha256")


def keys_for(purpose: str) -> list[str]:
    """The ring as keys for one purpose (signed cookies), newest first; knowing one tells nothing about the others."""
    return [_derived(k, purpose).hex() for k in settings.current().keys]


def _ring() -> MultiFernet:
    from cryptography.fernet import Fernet, MultiFernet  # keeps a process small that reads no secrets

    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(k, "encrypt"))) for k in settings.current().keys])


def encrypt(values: dict[str, Any]) -> bytes:
    """Credentials as they lie in the database."""
    return _ring().encrypt(json.dumps(values).encode())


def decrypt(box: bytes) -> dict[str, Any]:
    """The credentials in `box`. Raises ValueError, without a trace of them, where no key of the ring fits."""
    values: dict[str, Any] = json.loads(_opened(box, settings.current().keys))
    return values


@functools.lru_cache(maxsize=64)
def _opened(box: bytes, _keys: tuple[str, ...]) -> bytes:
    """Remembered, because the door of receipts needs the same ones a thousand times a second."""
    from cryptography.fernet import InvalidToken  # keeps a process small that reads no secrets

    try:
        return _ring().decrypt(box)
    except InvalidToken as broken:
        raise ValueError("These credentials were encrypted with a key that is no longer in LARGESSE_SECRET_KEYS.") from broken


def reencrypt(box: bytes) -> bytes:
    """The same credentials under the newest key."""
    return _ring().rotate(box)


def _mac(key: str, purpose: str, subject: str) -> bytes:
    return hmac.digest(_derived(key, f"token:{purpose}"), subject.encode(), "sha256")[:15]


def token(purpose: str, subject: str) -> str:
    """An unforgeable, URL-safe word for `subject` that is good for this purpose only (an unsubscribe link, a receipt address)."""
    mac = base64.urlsafe_b64encode(_mac(settings.current().keys[0], purpose, subject)).decode()
    return f"{subject}.{mac}"


def subject_of(purpose: str, word: str) -> str | None:
    """The subject of a token made by any key of the ring for this purpose, or None."""
    subject, _, mac = word.rpartition(".")
    try:
        given = base64.urlsafe_b64decode(mac.encode())
    except ValueError:
        return None
    fits = [hmac.compare_digest(given, _mac(key, purpose, subject)) for key in settings.current().keys]
    return subject if any(fits) else None


def digest(word: str) -> str:
    """What is stored of a random one-time word (invitation, session): it can be recognised, not read back."""
    return hashlib.sha256(word.encode()).hexdigest()
