"""Which characters of a text can be kept? All that mean something to a reader; the others are named, or taken out.

Joiners, variation selectors and direction marks are how many languages and symbols are written: they are never touched.
"""

import re

_LINE_ENDS = re.compile(r"\r\n?")
_REFUSED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_NAMES = {0x00: "NUL", 0x0B: "a vertical tab", 0x0C: "a form feed", 0x1B: "ESC", 0x7F: "DEL"}


def one_line_end(text: str) -> str:
    """CR LF and a CR of its own become LF."""
    return _LINE_ENDS.sub("\n", text) if "\r" in text else text


def refused(text: str) -> str | None:
    """The first character that cannot be kept, in words: a control character other than tab and line feed, or half a character. Or None."""
    found = _REFUSED.search(text)
    if found is None:
        return None
    number = ord(found.group())
    if number >= 0xD800:
        return f"half a character (U+{number:04X}) at position {found.start() + 1:,}"
    return f"{_NAMES.get(number, 'a control character')} (U+{number:04X}) at position {found.start() + 1:,}"


def without_refused(text: str) -> str:
    """The text without them, for where nobody is there to put it right."""
    return _REFUSED.sub("", text)
