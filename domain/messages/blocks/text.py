"""Words with their form: paragraphs, headings, lists, links."""

from domain.messages.blocks.contract import ALIGN, PADDING, SPACE, BlockControl, BlockField, BlockFinding, BlockKind, Pen, Values
from domain.messages.layout import text_from_html


def _mjml(values: Values, pen: Pen) -> str:
    return pen.element("text", pen.rich(values["words"]), align=values["align"], padding=PADDING[values["space"]])


def _text(values: Values) -> str:
    return text_from_html(values["words"]) if "<" in values["words"] else values["words"].strip()


BLOCK = BlockKind(
    "text", "Text", "type",
    (BlockField("words", "Words", BlockControl.RICH, "<p>Write here.</p>"), ALIGN, SPACE),
    _mjml, _text,
    first_words=_text,
    findings=lambda values: () if _text(values) else (BlockFinding("This text is empty. Write something, or remove it.", "words"),),
    place=10,
)  # fmt: skip
