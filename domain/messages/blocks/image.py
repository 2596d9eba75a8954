"""A picture, by its address; with words for those who do not see it, or marked as decoration."""

from collections.abc import Iterable, Iterator
from typing import Any

from domain.messages.blocks.contract import ALIGN, PADDING, SPACE, BlockControl, BlockField, BlockFinding, BlockKind, Pen, Values

FIELDS = (
    BlockField("source", "Picture", BlockControl.PICTURE, hint="Upload one, or give its address."),
    BlockField("alt", "What it shows", hint="Read out to those who do not see it."),
    BlockField("decorative", "It is decoration", BlockControl.SWITCH, default=False, hint="Nothing is lost where it is not seen."),
    BlockField("link", "Leads to", BlockControl.ADDRESS),
    BlockField("width", "Width, of 100", BlockControl.NUMBER, 100, least=5, most=100),
    ALIGN,
    SPACE,
)


def _mjml(values: Values, pen: Pen) -> str:
    source = pen.address(values["source"])
    if not source:
        return ""
    wide = (int(pen.style.width) - (0 if values["space"] == "none" else 64)) * values["width"] // 100
    more: dict[str, Any] = {"alt": "" if values["decorative"] else pen.text(values["alt"]), "href": pen.address(values["link"])}
    return pen.element(
        "image", src=source, width=f"{wide}px", align=values["align"], padding=PADDING[values["space"]],
        border_radius=f"{pen.style.corner}px" if values["space"] != "none" else "", **more,
    )  # fmt: skip


def _text(values: Values) -> str:
    said = "" if values["decorative"] else values["alt"].strip()
    link = values["link"].strip()
    return f"{said}\n{link}".strip() if link else said


def _findings(values: Values) -> Iterator[BlockFinding]:
    if not values["source"].strip():
        yield BlockFinding("There is no picture yet. Upload one, or give its address.", "source")
    if not values["decorative"] and not values["alt"].strip():
        yield BlockFinding("Nobody who cannot see it learns what it shows. Say it, or mark it as decoration.", "alt")


def _words(values: Values) -> str:
    return str(values["alt"] or values["source"].rpartition("/")[2])


def findings(values: Values) -> Iterable[BlockFinding]:
    """What is missing."""
    return tuple(_findings(values))


BLOCK = BlockKind("image", "Image", "image", FIELDS, _mjml, _text, first_words=_words, findings=findings, place=20)
