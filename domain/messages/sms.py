"""How many parts is a text message? GSM 03.38 as far as its alphabet goes, UCS-2 beyond (3GPP TS 23.038)."""

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
