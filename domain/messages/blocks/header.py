"""The head of the mail: a logo or the brand's name, and a line beside it."""

from domain.messages.blocks.contract import BlockControl, BlockField, BlockKind, Pen, Values

FIELDS = (
    BlockField("logo", "Logo", BlockControl.PICTURE, hint="Empty: the name of the brand."),
    BlockField("name", "Name", default="{{ brand.name }}"),
    BlockField("line", "Line below"),
    BlockField("width", "Width of the logo, in pixels", BlockControl.NUMBER, 140, least=20, most=480),
    BlockField("align", "Alignment", BlockControl.CHOICE, "left", choices=(("left", "Left"), ("center", "Centre"), ("right", "Right"))),
    BlockField("ground", "Background", BlockControl.COLOUR, hint="Empty: the paper of the mail."),
    BlockField("border", "Line under it", BlockControl.SWITCH, default=False),
)


def _mjml(values: Values, pen: Pen) -> str:
    logo, out = pen.address(values["logo"]), ""
    if logo:
        wide = f"{values['width']}px"
        out = pen.element("image", src=logo, alt=pen.text(values["name"]), width=wide, align=values["align"], padding="0 32px")
    elif values["name"].strip():
        out = pen.element(
            "text", pen.text(values["name"]), font_family=pen.style.headings, font_size="20px", font_weight="600", align=values["align"],
            padding="0 32px", **_ink(values, pen),
        )  # fmt: skip
    if values["line"].strip():
        out += pen.element(
            "text", pen.text(values["line"]), font_size="13px", align=values["align"], padding="4px 32px 0", **_ink(values, pen, soft=True)
        )
    return out


def _ink(values: Values, pen: Pen, soft: bool = False) -> dict[str, str]:
    if values["ground"]:
        return {"color": pen.ink(values["ground"]), "css_class": "lg-own"}
    return {"color": pen.style.soft, "css_class": "lg-small"} if soft else {}


def _section(values: Values, pen: Pen, name: str) -> str:
    ground = values["ground"] or pen.style.paper
    return pen.element(
        "section", pen.element("column", _mjml(values, pen)), background_color=ground, padding="20px 0",
        css_class=name if values["ground"] else f"lg-paper {name}",
        border_bottom=f"1px solid {pen.style.line}" if values["border"] else "",
    )  # fmt: skip


BLOCK = BlockKind(
    "header", "Header", "b-header", FIELDS, _mjml,
    lambda values: "\n".join(line for line in (values["name"].strip(), values["line"].strip()) if line),
    first_words=lambda values: str(values["name"]),
    section=_section, place=90, edge="first",
)  # fmt: skip
