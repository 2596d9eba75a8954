"""The code people get: what it is worth, the code itself on a line of its own, its last day, as QR picture and as barcode."""

from domain.messages.blocks.contract import BlockControl, BlockField, BlockFinding, BlockKind, Pen, Values

QR_SIZES = {"s": 96, "m": 128, "l": 180}
FIELDS = (
    BlockField("worth", "What it is worth", BlockControl.SWITCH, default=True),
    BlockField("code", "Code", BlockControl.SWITCH, default=True),
    BlockField("expiry", "Last day", BlockControl.SWITCH, default=True),
    BlockField("qr", "QR picture", BlockControl.SWITCH, default=False),
    BlockField("barcode", "Barcode", BlockControl.SWITCH, default=False, hint="For tills that read stripes only."),
    BlockField("line", "First line", default="{{ voucher.discount }}"),
    BlockField("note", "Last day and small print", default="Until {{ voucher.expires | default: 'further notice' }}"),
    BlockField("qr_size", "QR size", BlockControl.CHOICE, "m", choices=(("s", "S"), ("m", "M"), ("l", "L"))),
    BlockField("shape", "Shape", BlockControl.CHOICE, "ticket", choices=(("ticket", "Ticket"), ("line", "Line"))),
)
CODE = "{{ voucher.code }}"


def _words(values: Values, pen: Pen, align: str) -> str:
    out = ""
    if values["worth"]:
        out += pen.element("text", pen.text(values["line"]), font_size="20px", font_weight="600", align=align, padding="0 0 8px")
    if values["code"]:
        out += pen.element(
            "text", pen.text(CODE), font_family="Consolas, Menlo, 'Courier New', monospace", font_size="21px", font_weight="700",
            align=align, padding="0 0 8px", css_class="lg-code",
        )  # fmt: skip
    if values["expiry"]:
        out += pen.element("text", pen.text(values["note"]), font_size="13px", color=pen.style.soft, align=align, css_class="lg-small")
    return out


def _pictures(values: Values, pen: Pen) -> str:
    out = ""
    if values["qr"]:
        size = f"{QR_SIZES[values['qr_size']]}px"
        out += pen.element("image", src=pen.address("{{ voucher.qr }}"), alt=pen.text(f"QR code of {CODE}"), width=size, padding="0 0 6px")
    if values["barcode"]:
        out += pen.element("image", src=pen.address("{{ voucher.barcode }}"), alt=pen.text(f"Barcode of {CODE}"), width="190px")
    return out


def _mjml(values: Values, pen: Pen) -> str:
    return _words(values, pen, "center") + _pictures(values, pen)


def _section(values: Values, pen: Pen, name: str) -> str:
    pictures = _pictures(values, pen)
    if values["shape"] == "line":
        return pen.element(
            "section", pen.element("column", _mjml(values, pen)), background_color=pen.style.paper, css_class=f"lg-paper {name}",
            padding="12px 32px",
        )  # fmt: skip
    words = pen.element(
        "column", _words(values, pen, "left" if pictures else "center"), vertical_align="middle", width="62%" if pictures else ""
    )
    inner = words + (pen.element("column", pictures, vertical_align="middle", width="38%") if pictures else "")
    card = pen.element(
        "section", inner, background_color=pen.style.tint, border=f"1px solid {pen.style.line}", border_radius=f"{pen.style.corner}px",
        padding="20px 20px", css_class="lg-ticket",
    )  # fmt: skip
    return pen.element("wrapper", card, padding="12px 32px", background_color=pen.style.paper, css_class=f"lg-paper {name}")


def _text(values: Values) -> str:
    lines = [values["line"] if values["worth"] else "", CODE if values["code"] else "", values["note"] if values["expiry"] else ""]
    return "\n".join(("-" * 40, *(line for line in lines if line), "-" * 40))


BLOCK = BlockKind(
    "voucher", "Voucher", "ticket", FIELDS, _mjml, _text,
    first_words=lambda values: ", ".join(one.label.lower() for one in FIELDS[1:5] if values[one.key]),
    findings=lambda values: () if values["code"] or values["qr"] else (BlockFinding("Nobody sees the code. Show it, or a QR.", "code"),),
    section=_section,
    place=40,
    needs="voucher",
)  # fmt: skip
