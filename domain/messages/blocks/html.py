"""HTML of one's own, sanitised: what no other block can do."""

from domain.messages.blocks.contract import BlockControl, BlockField, BlockFinding, BlockKind, Pen, Values
from domain.messages.layout import text_from_html

FIELDS = (BlockField("source", "HTML", BlockControl.HTML, hint="Scripts, forms, frames and styles that reach outside are taken out."),)


def _mjml(values: Values, pen: Pen) -> str:
    return pen.element("text", pen.html(values["source"]), padding="0 32px")


BLOCK = BlockKind(
    "html", "HTML", "braces", FIELDS, _mjml,
    lambda values: text_from_html(values["source"]),
    first_words=lambda values: text_from_html(values["source"]),
    findings=lambda values: () if values["source"].strip() else (BlockFinding("There is no HTML yet.", "source"),),
    place=110,
)  # fmt: skip
