"""How does a code look, how many of that look are there, and how is one drawn that nobody can guess?"""

import math
import os
import re
from collections.abc import Iterator

UNAMBIGUOUS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits without 0 O 1 I L, which people mix up when they read a code aloud."""
CHARSETS = {
    "unambiguous": ("Letters and digits, without 0 O 1 I L", UNAMBIGUOUS),
    "letters": ("Capital letters", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    "digits": ("Digits only", "0123456789"),
    "all": ("Capital letters and digits, also 0 O 1 I L", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
}
"""Name -> label and characters, as the form offers them."""
PLACEHOLDER = "#"
_RUN = re.compile(r"#+")


def random_places(pattern: str) -> int:
    """How many characters of the pattern are drawn."""
    return pattern.count(PLACEHOLDER)


def possible(pattern: str, charset: str) -> int:
    """How many different codes there can be; `a` and `A` count as one, as codes are compared whatever their case."""
    return int(len({c.lower() for c in charset}) ** random_places(pattern)) if charset else 0


def bits(pattern: str, charset: str) -> float:
    """The same as entropy, in bits."""
    return math.log2(possible(pattern, charset) or 1)


def places_needed(charset: str, codes: int, spare: int) -> int:
    """How many random characters it takes so that there are `spare` possible codes for each of `codes`."""
    size = max(2, len({c.lower() for c in charset}))
    needed = 1
    while size**needed < codes * spare:
        needed += 1
    return needed


def random_text(charset: str, length: int) -> str:
    """`length` characters of an ASCII `charset`, each equally likely, from the operating system's source of randomness."""
    even = 256 - 256 % len(charset)
    table = bytes(ord(charset[b % len(charset)]) for b in range(256))
    uneven = bytes(range(even, 256))
    text = b""
    while len(text) < length:
        text += os.urandom((length - len(text)) * 256 // even + 16).translate(table, uneven)
    return text[:length].decode("ascii")


def draw(pattern: str, charset: str, count: int) -> Iterator[str]:
    """`count` random codes of this look. Two of them may be equal, as dice may be."""
    runs = [len(run) for run in _RUN.findall(pattern)]
    shape = _RUN.sub("%s", pattern.replace("%", "%%"))
    text, at = random_text(charset, sum(runs) * count), 0
    for _ in range(count):
        parts = []
        for run in runs:
            parts.append(text[at : at + run])
            at += run
        yield shape % tuple(parts)
