"""Who is in a plain batch, and what is said where somebody makes it not plain."""

from collections.abc import Sequence
from dataclasses import dataclass


class NotPlain(Exception):
    """Something is not as usual: nothing was written. Args: what."""


class WordsFail(NotPlain):
    """A message cannot be made for somebody; trying the same words again costs as much again."""


@dataclass(slots=True)
class Person:
    """Somebody who was claimed. Ids are texts. `why`: the reason that leaves them out, and `said`: the one of their delivery."""

    id: str
    customer: str
    delivery: str
    why: str | None
    said: str | None
    address: str
    email: str
    phone: str
    columns: Sequence[str]
