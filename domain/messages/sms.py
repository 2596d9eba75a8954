"""How many parts is a text message? GSM 03.38 as far as its alphabet goes, UCS-2 beyond (3GPP TS 23.038)."""

import unicodedata
from dataclasses import dataclass

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
TWICE = frozenset("^{}\\[~]|€\f")
"""These take an escape before them."""


@dataclass(frozen=True)
class Length:
    """What a carrier will count."""

    characters: int
    parts: int
    alphabet: str
    """`GSM-7` or `UCS-2`."""
    room: int
    """Characters that still fit into the last part."""


def length(text: str) -> Length:
    """Count a message as carriers do: 160 or 70 characters in one part, 153 or 67 in each of several."""
    if all(character in GSM or character in TWICE for character in text):
        units = sum(2 if character in TWICE else 1 for character in text)
        single, several, alphabet = 160, 153, "GSM-7"
    else:
        units = len(text.encode("utf-16-be")) // 2
        single, several, alphabet = 70, 67, "UCS-2"
    if units <= single:
        return Length(units, 1 if units else 0, alphabet, single - units)
    parts = -(-units // several)
    return Length(units, parts, alphabet, parts * several - units)


PLAINER = {
    "’": "'", "‘": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "•": "-", "…": "...", "\u00a0": " ",
    "\u202f": " ", "ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D", "ő": "ö", "ű": "ü", "Ő": "Ö", "Ű": "Ü",
}  # fmt: skip
"""Characters outside of the alphabet -> what says the same within it."""


@dataclass(frozen=True)
class CostlyLetter:
    """A character that makes a message longer. `instead`: what says the same and costs nothing; empty: nothing does."""

    character: str
    instead: str
    twice: bool
    """It counts as two; else it makes every character of the message count in UCS-2, 70 to a part in place of 160."""


def costly(text: str) -> list[CostlyLetter]:
    """Which characters cost, each once, in the order of the text; what makes the whole message UCS-2 first."""
    outside = [CostlyLetter(one, _plainer(one), twice=False) for one in dict.fromkeys(text) if one not in GSM and one not in TWICE]
    if outside:
        return outside
    return [CostlyLetter(one, "", twice=True) for one in dict.fromkeys(text) if one in TWICE]


def _plainer(character: str) -> str:
    if character in PLAINER:
        return PLAINER[character]
    bare = unicodedata.normalize("NFD", character)[0]
    return bare if bare in GSM and bare != character else ""
