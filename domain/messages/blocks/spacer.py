"""Empty space."""

from domain.messages.blocks.contract import BlockControl, BlockField, BlockKind, Pen, Values

FIELDS = (BlockField("height", "Height, in pixels", BlockControl.NUMBER, 24, least=4, most=200),)


def _mjml(values: Values, pen: Pen) -> str:
    return pen.element("spacer", height=f"{values['height']}px")


BLOCK = BlockKind(
    "spacer", "Spacer", "b-spacer", FIELDS, _mjml, lambda values: "", first_words=lambda values: f"{values['height']} px", place=70
)
