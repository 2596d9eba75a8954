"""Which parts of a message hold a mail as it is written, and in which formats can it be written? Nothing here compiles anything."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

FORMAT, RICH, BLOCKS, MJML = "way", "rich", "blocks", "mjml"
HEAVY = 100 * 1024
"""Bytes of HTML beyond which Gmail shows a part of the mail only."""
TEMPLATE = "template"
"""The part that says from which template a mail was begun: `<id as hex>:<version>`."""
LOOK = "look"
"""The part that holds the look of a simple mail, as JSON: `domain.messages.mail.brand`."""
SOURCES = frozenset({FORMAT, RICH, BLOCKS, MJML, TEMPLATE, LOOK})
"""Parts that are written and never sent: HTML and text are made from them."""


class MailFormat(enum.StrEnum):
    """The format a mail is written in; the value of the part `way`."""

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
    MailFormat.SIMPLE: ("Simple", "Words with their form, under your name and above the footer"),
    MailFormat.BLOCKS: ("Designed", "Blocks: pictures, buttons, columns, the voucher"),
    MailFormat.MJML: ("MJML", "For designers: MJML of your own"),
    MailFormat.RAW: ("Text and HTML", "As it is sent, written by hand"),
}
"""MailFormat -> its name, and what it is in a line."""
LOST = {
    (MailFormat.SIMPLE, MailFormat.MJML): "You go on in MJML; the way back keeps the words only.",
    (MailFormat.SIMPLE, MailFormat.RAW): "You go on in HTML; the way back keeps the words only.",
    (
        MailFormat.BLOCKS,
        MailFormat.SIMPLE,
    ): "Only the words of the text blocks stay. Pictures, buttons, columns, the voucher and the colours are lost.",
    (MailFormat.BLOCKS, MailFormat.MJML): "Nothing is lost, but the way back keeps the words only.",
    (MailFormat.BLOCKS, MailFormat.RAW): "Nothing is lost, but the way back keeps the words only.",
    (MailFormat.MJML, MailFormat.SIMPLE): "Only the words stay.",
    (MailFormat.MJML, MailFormat.BLOCKS): "Only the words stay, in one text block.",
    (MailFormat.MJML, MailFormat.RAW): "Nothing is lost, but the way back keeps the words only.",
    (MailFormat.RAW, MailFormat.SIMPLE): "Only the words stay. Colours, pictures and layout are lost.",
    (MailFormat.RAW, MailFormat.BLOCKS): "Only the words stay, in one text block.",
    (MailFormat.RAW, MailFormat.MJML): "Only the words stay.",
}
"""From, to -> what is lost, said before it is done. Where nothing stands, nothing is."""


def format_of(parts: Mapping[str, str]) -> MailFormat:
    """The format of these parts; RAW for one that nobody knows."""
    try:
        return MailFormat(parts.get(FORMAT, ""))
    except ValueError:
        return MailFormat.RAW
