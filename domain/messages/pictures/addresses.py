"""Where do pictures of one's own stand in a mail? At `<public address>/i/<word>.<ending>`; the word finds the picture."""

import re
from collections.abc import Mapping

from domain.kernel.public_paths import PICTURE

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}
"""Type of a picture -> how its address ends."""
FOLDER = PICTURE.rule.partition("<")[0]
"""Where they lie, below the public address."""
_WORD = re.compile(rf"{FOLDER}([0-9a-f]{{32}})\.(?:png|jpg|gif)")
_ADDRESS = re.compile(rf"""https?://[^\s"'<>()]*?({FOLDER}(social-[a-z]+-[0-9a-f]{{6}}|[0-9a-f]{{32}})\.(?:png|jpg|gif))""")
SOMEWHERE = "https://pictures.invalid"
"""Stands where the public address goes, until a mail is made ready for somebody."""


def address(public_url: str, word: str, type: str) -> str:
    """Where people see this picture."""
    return PICTURE.address(public_url, word=word, ending=ENDINGS[type])


def social(network: str, colour: str) -> str:
    """The address of the icon of a network on a disc of this colour (`#rrggbb`)."""
    return PICTURE.address(SOMEWHERE, word=f"social-{network}-{colour.removeprefix('#').lower()}", ending="png")


def words(*texts: str) -> set[str]:
    """The words of all pictures of ours that these texts name."""
    return {word for text in texts for word in _WORD.findall(text)}


def moved(text: str, public_url: str) -> str:
    """The text with its pictures at this public address, which may have changed since the mail was written."""
    return _ADDRESS.sub(lambda found: public_url + found[1], text)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with other pictures in place of these: word -> the address of the other one."""
    return _ADDRESS.sub(lambda found: names.get(found[2], found[0]), text)
