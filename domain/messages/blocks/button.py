"""A button that leads somewhere."""

from collections.abc import Iterable

from domain.messages.blocks.contract import ALIGN, PADDING, SPACE, BlockControl, BlockField, BlockFinding, BlockKind, Pen, Values

SIZES = {"s": ("14px", "9px 18px"), "m": ("16px", "13px 26px"), "l": ("18px", "16px 34px")}
CORNERS = {"mail": "", "none": "0px", "soft": "8px", "round": "40px"}
FIELDS = (
    BlockField("words", "Words", default="Go to the shop"),
    BlockField("link", "Leads to", BlockControl.ADDRESS, "{{ links.shop }}"),
    BlockField("size", "Size", BlockControl.CHOICE, "m", choices=(("s", "S"), ("m", "M"), ("l", "L"))),
    BlockField(
        "corner", "Corners", BlockControl.CHOICE, "mail",
        choices=(("mail", "Mail"), ("none", "None"), ("soft", "Soft"), ("round", "Round")),
    ),
    BlockField("colour", "Colour", BlockControl.COLOUR, hint="Empty: the colour of buttons and links of the whole mail."),
    ALIGN,
    SPACE,
)  # fmt: skip


def _mjml(values: Values, pen: Pen) -> str:
    size, inner = SIZES[values["size"]]
    return pen.element(
        "button", pen.text(values["words"]), href=pen.address(values["link"]), font_size=size, inner_padding=inner, font_weight="600",
        background_color=values["colour"] or pen.style.accent, color=pen.ink(values["colour"]), align=values["align"],
        border_radius=CORNERS[values["corner"]] or f"{pen.style.corner}px", padding=PADDING[values["space"]],
        css_class="" if values["colour"] else "lg-button",
    )  # fmt: skip


def _findings(values: Values) -> Iterable[BlockFinding]:
    if not values["link"].strip():
        yield BlockFinding("The button leads nowhere. Give it a link.", "link")
    if not values["words"].strip():
        yield BlockFinding("There are no words on the button.", "words")


BLOCK = BlockKind(
    "button", "Button", "b-button", FIELDS, _mjml,
    lambda values: f"{values['words']}: {values['link']}",
    first_words=lambda values: str(values["words"]),
    findings=lambda values: tuple(_findings(values)),
    place=30,
)  # fmt: skip
