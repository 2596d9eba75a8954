"""Two or three columns with blocks of their own, side by side on a desk and below each other on a phone."""

from domain.messages.blocks.contract import BlockControl, BlockField, BlockKind, Pen, Values


def _mjml(values: Values, pen: Pen) -> str:
    return ""  # its blocks are written by the writer of the mail


FIELDS = (
    BlockField(
        "widths", "Widths", BlockControl.CHOICE, "equal", choices=(("equal", "Equal"), ("first", "First wider"), ("last", "Last wider"))
    ),
    BlockField("keep", "Side by side on a phone, too", BlockControl.SWITCH, default=False),
)

BLOCK = BlockKind("columns", "Columns", "columns-3", FIELDS, _mjml, lambda values: "", place=50, columns=True)
