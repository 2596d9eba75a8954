"""How are passwords kept? As argon2id hashes, which cost a guesser as much time as they cost us."""

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(parallelism=1)


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher().hash(password)


def fits(stored: str, password: str) -> bool:
    """Whether this is the password that was stored. Takes about as long where nothing was stored, so that nobody learns who exists."""
    try:
        return _hasher().verify(stored or _nobody(), password) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _nobody() -> str:
    return hashed("nobody has this password")
