"""Where else the brand is found: links to its pages, as icons or as words that need no picture."""

from domain.messages.blocks.contract import ALIGN, PADDING, SPACE, BlockControl, BlockField, BlockFinding, BlockKind, Pen, Values
from domain.messages.pictures.addresses import social

NETWORKS = {
    "linkedin": "LinkedIn", "facebook": "Facebook", "instagram": "Instagram", "x": "X", "youtube": "YouTube", "tiktok": "TikTok",
}  # fmt: skip
FIELDS = (
    *(BlockField(key, label, BlockControl.ADDRESS) for key, label in NETWORKS.items()),
    BlockField("look", "Shown as", BlockControl.CHOICE, "icons", choices=(("icons", "Icons"), ("words", "Words"))),
    BlockField("colour", "Colour of the icons", BlockControl.COLOUR, hint="Empty: the colour of buttons and links of the whole mail."),
    BlockField("align", "Alignment", BlockControl.CHOICE, "center", choices=ALIGN.choices),
    SPACE,
)


def _chosen(values: Values) -> list[tuple[str, str]]:
    return [(label, values[key].strip()) for key, label in NETWORKS.items() if values[key].strip()]


def _mjml(values: Values, pen: Pen) -> str:
    return _icons(values, pen) if values["look"] == "icons" else _as_words(values, pen)


def _icons(values: Values, pen: Pen) -> str:
    colour = values["colour"] or pen.style.accent
    icons = "".join(
        pen.element(
            "social-element", src=social(key, colour), href=link, alt=label, icon_size="32px", padding="0 6px", border_radius="16px"
        )
        for key, label in NETWORKS.items()
        if (link := pen.address(values[key]))
    )
    return pen.element("social", icons, mode="horizontal", align=values["align"], padding=PADDING[values["space"]]) if icons else ""


def _as_words(values: Values, pen: Pen) -> str:
    style = f"color:{pen.style.soft};text-decoration:underline"
    links = [f'<a href="{link}" class="lg-soft" style="{style}">{label}</a>' for label, to in _chosen(values) if (link := pen.address(to))]
    words = " &#160;·&#160; ".join(links)
    return pen.element("text", words, align=values["align"], font_size="14px", padding=PADDING[values["space"]]) if links else ""


BLOCK = BlockKind(
    "social", "Social", "b-social", FIELDS, _mjml,
    lambda values: "\n".join(f"{label}: {link}" for label, link in _chosen(values)),
    first_words=lambda values: f"{len(_chosen(values))} links",
    findings=lambda values: () if _chosen(values) else (BlockFinding("There is no link yet. Give one, or remove the block."),),
    place=80,
)  # fmt: skip
