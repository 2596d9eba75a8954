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


def possible_codes(pattern: str, charset: str) -> int:
    """How many different codes there can be; `a` and `A` count as one, as codes are compared whatever their case."""
    return int(len({c.lower() for c in charset}) ** random_places(pattern)) if charset else 0


def bits(pattern: str, charset: str) -> float:
    """The same as entropy, in bits."""
    return math.log2(possible_codes(pattern, charset) or 1)


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


SPARE = 1_000
"""Possible codes for each one made: below, whoever tries a thousand codes finds one."""
GOOD_BITS = 40.0
"""Below this many random bits we say that codes are easy to guess; it is advice, not a rule."""
LONGEST_CODE = 64
MOST_CODES = 5_000_000
_PLAIN = re.compile(r"[A-Za-z0-9_\-.]*")


def problems(code_pattern: str, charset: str, count: int) -> Iterator[tuple[str, str]]:
    """What is wrong with the look of codes, as (field, words), where there shall be `count` of them."""
    if not _PLAIN.fullmatch(code_pattern.replace(PLACEHOLDER, "")):
        yield "pattern", "Codes may have letters, digits, - _ and . only, so that they survive in links and on paper."
    if not charset or not _PLAIN.fullmatch(charset):
        yield "charset", "Choose which characters are drawn: letters, digits, - _ and . are possible."
    elif len({c.lower() for c in charset}) < 2:
        yield "charset", "Offer at least two characters to draw from."
    elif len(code_pattern) > LONGEST_CODE:
        yield "length", f"Codes have at most {LONGEST_CODE} characters; these would have {len(code_pattern)}."
    elif possible_codes(code_pattern, charset) < max(count, 1) * SPARE:
        needed = places_needed(charset, max(count, 1), SPARE)
        has = random_places(code_pattern)
        yield (
            "length",
            f"For {count:,} codes at least {needed} random characters are needed, so that nobody finds one by trying; there "
            f"{'is' if has == 1 else 'are'} {has}.",
        )


def advice(code_pattern: str, charset: str, count: int) -> str:
    """How hard such a code is to guess, in one sentence."""
    possible = possible_codes(code_pattern, charset)
    if possible < 2 or next(problems(code_pattern, charset, count), None):
        return ""
    odds = possible // max(count, 1)
    if bits(code_pattern, charset) < GOOD_BITS:
        safer = places_needed(charset, 1, int(2**GOOD_BITS))
        return f"One try in {odds:,} hits a code. {safer} random characters would make guessing hopeless."
    return f"{_many(possible)} codes are possible; guessing one is hopeless."


def _many(number: int) -> str:
    for size, word in ((10**18, "quintillion"), (10**15, "quadrillion"), (10**12, "trillion")):
        if number >= size:
            return f"{number // size:,} {word}" if number < size * 1000 else f"More than {number // size // 1000 * 1000:,} {word}"
    return f"{number:,}"
