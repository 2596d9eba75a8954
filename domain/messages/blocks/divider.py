"""A line across."""

from domain.messages.blocks.contract import PADDING, SPACE, BlockControl, BlockField, BlockKind, Pen, Values

FIELDS = (
    BlockField("thickness", "Thickness, in pixels", BlockControl.NUMBER, 1, least=1, most=12),
    BlockField("width", "Width, of 100", BlockControl.NUMBER, 100, least=5, most=100),
    BlockField("colour", "Colour", BlockControl.COLOUR),
    SPACE,
)


def _mjml(values: Values, pen: Pen) -> str:
    return pen.element(
        "divider", border_width=f"{values['thickness']}px", width=f"{values['width']}%", border_color=values["colour"] or pen.style.line,
        padding=PADDING[values["space"]],
    )  # fmt: skip


BLOCK = BlockKind("divider", "Divider", "b-divider", FIELDS, _mjml, lambda values: "-" * 40, place=60)
