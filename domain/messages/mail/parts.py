"""Which parts of a message hold a mail as it is written, and which ways of writing are there? Nothing here compiles anything."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

WAY, RICH, BLOCKS, MJML = "way", "rich", "blocks", "mjml"
HEAVY = 100 * 1024
"""Bytes of HTML beyond which Gmail shows a part of the mail only."""
SOURCES = frozenset({WAY, RICH, BLOCKS, MJML})
"""Parts that are written and never sent: HTML and text are made from them."""


class Way(enum.StrEnum):
    """How a mail is written; the value of the part `way`."""

    SIMPLE = "simple"
    BLOCKS = "blocks"
    MJML = "mjml"
    RAW = ""


@dataclass(frozen=True, slots=True)
class MailFinding:
    """Something to put right: in which block and field, in words. A hint does not stop anybody from sending it."""

    block: str
    field: str
    text: str
    hint: bool = False


@dataclass(frozen=True, slots=True)
class MadeMail:
    """What becomes of what was written: the parts of the message, and what is to be put right."""

    parts: dict[str, str]
    findings: tuple[MailFinding, ...] = ()


LABELS = {
    Way.SIMPLE: ("Simple", "Words with their form, under your name and above the footer"),
    Way.BLOCKS: ("Designed", "Blocks: pictures, buttons, columns, the voucher"),
    Way.MJML: ("MJML", "For designers: MJML of your own"),
    Way.RAW: ("Text and HTML", "As it is sent, written by hand"),
}
"""Way -> its name, and what it is in a line."""
LOST = {
    (Way.SIMPLE, Way.MJML): "You go on in MJML; the way back keeps the words only.",
    (Way.SIMPLE, Way.RAW): "You go on in HTML; the way back keeps the words only.",
    (Way.BLOCKS, Way.SIMPLE): "Only the words of the text blocks stay. Pictures, buttons, columns, the voucher and the colours are lost.",
    (Way.BLOCKS, Way.MJML): "Nothing is lost, but the way back keeps the words only.",
    (Way.BLOCKS, Way.RAW): "Nothing is lost, but the way back keeps the words only.",
    (Way.MJML, Way.SIMPLE): "Only the words stay.",
    (Way.MJML, Way.BLOCKS): "Only the words stay, in one text block.",
    (Way.MJML, Way.RAW): "Nothing is lost, but the way back keeps the words only.",
    (Way.RAW, Way.SIMPLE): "Only the words stay. Colours, pictures and layout are lost.",
    (Way.RAW, Way.BLOCKS): "Only the words stay, in one text block.",
    (Way.RAW, Way.MJML): "Only the words stay.",
}
"""From, to -> what is lost, said before it is done. Where nothing stands, nothing is."""


def way_of(parts: Mapping[str, str]) -> Way:
    """The way of these parts; RAW for one that nobody knows."""
    try:
        return Way(parts.get(WAY, ""))
    except ValueError:
        return Way.RAW
