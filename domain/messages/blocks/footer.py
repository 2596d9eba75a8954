"""The foot of every mail: who sent it, from where, and how to get no more. It cannot be removed."""

from domain.messages.blocks.contract import BlockControl, BlockField, BlockKind, Pen, Values

UNSUBSCRIBE, PREFERENCES = "{{ links.unsubscribe }}", "{{ links.preferences }}"
BRAND = "{{ brand.address | default: brand.name }}"
FIELDS = (
    BlockField("reason", "Why they get it", BlockControl.LINES, hint="For example: You get this because you joined at our shop."),
    BlockField("unsubscribe", "Words of the unsubscribe link", default="Unsubscribe"),
    BlockField("preferences", "Words of the link to what may be sent", default="What we may send you", hint="Empty: no such link."),
    BlockField("align", "Alignment", BlockControl.CHOICE, "center", choices=(("left", "Left"), ("center", "Centre"))),
)


def _mjml(values: Values, pen: Pen) -> str:
    style = f"color:{pen.style.soft};text-decoration:underline"

    def link(to: str, words: str) -> str:
        return f'<a href="{pen.address(to)}" class="lg-soft" style="{style}">{pen.text(words)}</a>'

    links = [link(UNSUBSCRIBE, values["unsubscribe"].strip() or "Unsubscribe")]
    links += [link(PREFERENCES, values["preferences"])] if values["preferences"].strip() else []
    lines = [pen.text(BRAND), pen.lines(values["reason"].strip()), " · ".join(links)]
    return pen.element(
        "text", "<br />".join(line for line in lines if line), font_size="12px", line_height="1.7", color=pen.style.soft,
        align=values["align"], padding="16px 32px 28px", css_class="lg-small",
    )  # fmt: skip


def _text(values: Values) -> str:
    lines = ["--", BRAND, values["reason"].strip(), f"{values['unsubscribe'].strip() or 'Unsubscribe'}: {UNSUBSCRIBE}"]
    if values["preferences"].strip():
        lines.append(f"{values['preferences'].strip()}: {PREFERENCES}")
    return "\n".join(line for line in lines if line)


BLOCK = BlockKind(
    "footer",
    "Footer",
    "b-footer",
    FIELDS,
    _mjml,
    _text,
    first_words=lambda values: "Address, unsubscribe",
    place=100,
    edge="last",
    stays=True,
)
