"""How are passwords kept and judged? Argon2 with the library's own measures; we ask for length, and that it is not common."""

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 200
RULES = "At least 12 characters. A few words that do not belong together are better than one word with digits."

_COMMON = ("password", "passwort", "123456789012", "qwertyuiop", "letmein", "iloveyou", "largesse")


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(parallelism=1)


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher().hash(password)


def fits(stored: str, password: str) -> bool:
    """Whether this is the password that was stored. Takes about as long where nothing was stored, so that nobody learns who exists."""
    try:
        return _hasher().verify(stored or _nobody(), password[:LONGEST]) and bool(stored)
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _nobody() -> str:
    return hashed("nobody has this password")


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker measures than today's, so that it should be made again at a sign-in."""
    return _hasher().check_needs_rehash(stored)


def objection(password: str, email: str = "", name: str = "") -> str | None:
    """Why this may not be a password, in words that name the remedy; None where it may."""
    plain = password.casefold()
    if len(password) < SHORTEST:
        return f"{len(password)} characters are too few: take at least {SHORTEST}."
    if len(password) > LONGEST:
        return f"Take at most {LONGEST} characters."
    if len(set(plain)) < 5:
        return "It repeats the same few characters: mix more of them."
    own = [part for part in (email.partition("@")[0].casefold(), *name.casefold().split()) if len(part) > 3]
    rest = plain
    for known in (*_COMMON, *own):
        rest = rest.replace(known, "")
    if len(rest) < SHORTEST // 2:
        return "It is mostly your name, your address or a very common password: add words that others cannot guess."
    return None
