"""Where else the brand is found: links to its pages, as words that need no picture."""

from domain.messages.blocks.contract import ALIGN, PADDING, SPACE, BlockControl, BlockField, BlockFinding, BlockKind, Pen, Values

NETWORKS = {
    "linkedin": "LinkedIn", "facebook": "Facebook", "instagram": "Instagram", "x": "X", "youtube": "YouTube", "tiktok": "TikTok",
}  # fmt: skip
FIELDS = (
    *(BlockField(key, label, BlockControl.ADDRESS) for key, label in NETWORKS.items()),
    BlockField("align", "Alignment", BlockControl.CHOICE, "center", choices=ALIGN.choices),
    SPACE,
)


def _chosen(values: Values) -> list[tuple[str, str]]:
    return [(label, values[key].strip()) for key, label in NETWORKS.items() if values[key].strip()]


def _mjml(values: Values, pen: Pen) -> str:
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
