"""By what is a customer known? Keys are folded once, so that two ways of writing one address are one key."""

import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.kernel import addresses
from domain.kernel.base import Prefix, inside
from domain.kernel.text.folding import fold


@dataclass(frozen=True, slots=True)
class CustomerKeys:
    """What was given, in the order in which it is asked; empty where it was not. A name is no key: it identifies nobody."""

    id: uuid.UUID | None = None
    source_id: str = ""
    email: str = ""
    """Folded, the domain in its own letters."""
    phone: str = ""
    """E.164."""
    is_word: bool = False
    """One text that may be any of them, so that `source_id` is only a guess."""

    @property
    def claims(self) -> list[str]:
        """The keys under which somebody can be added; at most three."""
        named = (("source_id", self.source_id), ("email", self.email), ("phone", self.phone))
        return [f"{kind}:{key}" for kind, key in named if key]


def of_facts(columns: Mapping[str, Any]) -> CustomerKeys:
    """The keys among checked facts."""
    return CustomerKeys(source_id=columns.get("source_id") or "", email=fold(columns.get("email") or ""), phone=columns.get("phone") or "")


def of_word(word: str, dial_code: str = "") -> CustomerKeys:
    """One text: our id, the owner's own, an e-mail address, or a phone number that begins with +."""
    phone = phone_key(word, dial_code) if word.startswith("+") else ""
    return CustomerKeys(id_of(word), word, email_key(word) if "@" in word else "", phone, is_word=True)


def id_of(word: str) -> uuid.UUID | None:
    """Our id, as `cust_…` or bare."""
    if id := inside(Prefix.CUSTOMER, word):
        return id
    try:
        return uuid.UUID(word)
    except ValueError:
        return None


def email_key(written: str) -> str:
    """By the address as it is stored; one from before addresses were checked is compared as it stands."""
    return fold(stored_address("email", written)) if written else ""


def phone_key(written: str, dial_code: str = "") -> str:
    """The number as E.164; empty where it is none."""
    with contextlib.suppress(ValueError):
        return addresses.phone(written, dial_code) if written else ""
    return ""


def stored_address(kind: str, written: str) -> str:
    """An `email` or `phone` of others as we store it: `xn--` in its own letters, spaces taken out of numbers."""
    with contextlib.suppress(ValueError):
        return addresses.email(written.strip()) if kind == "email" else addresses.phone(written.strip())
    return written.strip()
