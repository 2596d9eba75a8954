"""In which encoding is this file written? Proved by its bytes where they can; else guessed, with the letters that others make."""

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 (Excel's “Unicode text”)",
    "utf-16-be": "UTF-16, big endian",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)",
    "mac_roman": "Mac Roman (older Excel for Mac)",
    "latin-1": "Latin-1",
    "iso8859_2": "Latin-2 (Central Europe)",
    "iso8859_15": "Latin-9 (with €)",
    "koi8_u": "KOI8-U (Cyrillic)",
    "cp850": "DOS (Western Europe)",
    "gb18030": "GB18030 (Chinese)",
    "big5": "Big5 (traditional Chinese)",
    "cp932": "Shift-JIS (Japanese)",
    "cp949": "Korean",
}
_LIKELY = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "mac_roman", "gb18030", "big5", "cp932", "cp949"]
"""Those that are guessed, the more usual first; the others are there to be chosen."""
_NEAR = 0.2
"""How much messier, of 1, the text of another encoding may be and still be offered."""
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_SAMPLE = 1 << 15
"""Bytes of lines that are not ASCII, gathered from the whole file, that are looked at."""
_WORD = re.compile(rb"[^\s,;|\"]*[\x80-\xff][^\s,;|\"]*")
_WORDS_SHOWN = 6


@dataclass(frozen=True)
class Letters:
    """One way to read the file, and words of it as they come out."""

    encoding: str
    words: tuple[str, ...]


def byte_order_mark(path: Path) -> tuple[int, str]:
    """How many bytes it takes, and the encoding it proves; 0 and nothing where there is none."""
    with path.open("rb") as file:
        head = file.read(3)
    return next(((len(bom), encoding) for bom, encoding in _BOMS.items() if head.startswith(bom)), (0, ""))


def encoding_of(path: Path) -> str:
    """Without a byte order mark: UTF-8 where every byte of the file fits, UTF-16 where every other one is zero, else the likeliest."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(4096)
        if head and max(odd := head[1::2].count(0), even := head[::2].count(0)) > len(head) / 4:
            return "utf-16-le" if odd > even else "utf-16-be"
        file.seek(0)
        try:
            while piece := file.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return likely(path)[0].encoding
    return "utf-8"


def likely(path: Path) -> list[Letters]:
    """The encodings a file that is not UTF-8 may have, the likeliest first, each with the words that differ by it."""
    sample = _sample(path)
    matches = from_bytes(sample, cp_isolation=_LIKELY, threshold=0.5)
    messy = {name: match.chaos for match in matches for name in (match.encoding, *match.could_be_from_charset)}
    near = [name for name in _LIKELY if messy.get(name, 1.0) <= min(messy.values()) + _NEAR] if messy else ["cp1252"]
    old_mac = b"\r" in sample and b"\n" not in sample  # only old programs on a Mac end lines like this
    order = sorted(near, key=lambda name: (round(messy.get(name, 0), 2), not (old_mac and name == "mac_roman"), _LIKELY.index(name)))
    found: dict[tuple[str, ...], str] = {}
    for name in order:
        found.setdefault(words(sample, name), name)
    return [Letters(name, shown) for shown, name in found.items()]


def words_of(path: Path, encoding: str) -> tuple[str, ...]:
    """Words of this file that are not ASCII, as this encoding reads them."""
    return words(_sample(path), encoding)


def words(sample: bytes, encoding: str) -> tuple[str, ...]:
    """The first words with letters that differ by the encoding."""
    if encoding.startswith("utf-16"):
        return ()
    found = dict.fromkeys(match.group().decode(encoding, errors="replace") for match in _WORD.finditer(sample))
    return tuple(list(found)[:_WORDS_SHOWN])


def _sample(path: Path) -> bytes:
    """Lines with bytes that are not ASCII, and whatever ends them."""
    kept: list[bytes] = []
    size = 0
    with path.open("rb") as file:
        while size < _SAMPLE and (piece := file.readline(_SAMPLE)):
            if not piece.isascii():
                kept.append(piece)
                size += len(piece)
    return b"".join(kept)
