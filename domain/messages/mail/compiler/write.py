"""How does a mail of blocks become HTML and text? Its variables are held, it is written as MJML, compiled by mrml, and they return."""

import html

import mrml

from domain.messages.blocks.contract import BlockKind, Values
from domain.messages.liquid.places import TemplateError
from domain.messages.mail import contrast
from domain.messages.mail.compiler.held import HeldLiquid
from domain.messages.mail.compiler.rich import own_html, rich_text
from domain.messages.mail.conditions import CLOSING, opening
from domain.messages.mail.style import MailStyle
from domain.messages.mail.tree import Block, Mail

_PARSE = mrml.ParserOptions(include_loader=mrml.noop_loader())
_RENDER = mrml.RenderOptions(fonts={})
"""Nothing is loaded while it compiles, and no font from a server of others while it is read."""
_SCHEMES = '<mj-raw><meta name="color-scheme" content="light dark" /><meta name="supported-color-schemes" content="light dark" /></mj-raw>'
"""Tells programs that the mail has colours for the dark."""
WIDTHS = {("equal", 2): (50, 50), ("first", 2): (66, 34), ("last", 2): (34, 66), ("first", 3): (50, 25, 25), ("last", 3): (25, 25, 50)}
"""Widths of columns and how many they are -> the share of each; else all are equal."""


class MjmlPen:
    """Writes elements of MJML; what people typed is escaped or cleaned."""

    def __init__(self, style: MailStyle, held: HeldLiquid) -> None:
        self.style, self.held = style, held

    def text(self, words: str) -> str:
        """Words as they stand between tags."""
        return html.escape(self.held.hold(words), quote=False)

    def lines(self, words: str) -> str:
        """The same, with line breaks kept."""
        return self.text(words).replace("\n", "<br />")

    def rich(self, words: str) -> str:
        """Words with their form, cleaned."""
        return rich_text(words, self.held, self.style)

    def html(self, source: str) -> str:
        """HTML of the marketer's own, cleaned."""
        return own_html(source, self.held)

    def address(self, link: str) -> str:
        """A link for an attribute; empty where it leads nowhere that a mail may lead to."""
        held = self.held.hold(link.strip())
        return html.escape(held) if self.held.leads_somewhere(held) else ""

    def ink(self, ground: str) -> str:
        """The colour of words on this ground; empty: on the colour of buttons."""
        return contrast.readable_on(ground) if ground else self.style.on_accent

    def element(self, name: str, inner: str = "", /, **attributes: str | int) -> str:
        """`<mj-name …>inner</mj-name>`."""
        written = "".join(f' {key.replace("_", "-")}="{_attribute(str(value))}"' for key, value in attributes.items() if value != "")
        return f"<mj-{name}{written}>{inner}</mj-{name}>"


def _attribute(value: str) -> str:
    """Escaped once, whether or not it was escaped before."""
    return html.escape(html.unescape(value))


def as_html(mail: Mail) -> str:
    """The mail as HTML with its Liquid. Raises TemplateError, in words, for what cannot be written."""
    held = HeldLiquid(mail.as_text())
    return held.restored(compiled(as_mjml(mail, held)))


def source(mail: Mail) -> str:
    """The mail as MJML with its Liquid, for designers."""
    held = HeldLiquid(mail.as_text())
    return held.restored(as_mjml(mail, held)).replace(_SCHEMES, "")


def as_text(mail: Mail) -> str:
    """The mail as plain text with its Liquid."""
    return "\n\n".join(part for block in mail.blocks if (part := _text(block)).strip()) + "\n"


def compiled(source: str) -> str:
    """MJML as HTML. Raises TemplateError."""
    try:
        made: str = mrml.to_html(source, _PARSE, _RENDER).content
    except OSError as wrong:
        raise TemplateError(f"This cannot be compiled: {wrong}") from wrong
    return made


def as_mjml(mail: Mail, held: HeldLiquid) -> str:
    """The mail as MJML, its variables held."""
    pen = MjmlPen(mail.style, held)
    body = "".join(_section(block, pen) for block in mail.blocks)
    page = pen.element("body", body, width=f"{mail.style.width}px", background_color=mail.style.page, css_class="lg-page")
    return f"<mjml><mj-head>{_head(mail.style)}</mj-head>{page}</mjml>"


def _section(block: Block, pen: MjmlPen) -> str:
    kind, name = block.described, f"lg-{block.id}"
    if block.columns:
        made = _columns(block, pen, name)
    elif kind.section is not None:
        made = kind.section(block.values, pen, name)
    else:
        column = pen.element("column", kind.mjml(block.values, pen))
        made = pen.element("section", column, padding="0", background_color=pen.style.paper, css_class=f"lg-paper {name}")
    return _shown_if(block, made, pen)


def _columns(block: Block, pen: MjmlPen, name: str) -> str:
    widths = WIDTHS.get((block.values["widths"], len(block.columns)), ())
    columns = ""
    for n, column in enumerate(block.columns):
        inner = "".join(_shown_if(one, one.described.mjml(one.values, pen), pen) for one in column)
        columns += pen.element("column", inner, width=f"{widths[n]}%" if widths else "", vertical_align="top")
    columns = pen.element("group", columns) if block.values["keep"] else columns
    return pen.element("section", columns, padding="0", background_color=pen.style.paper, css_class=f"lg-paper {name}")


def _shown_if(block: Block, made: str, pen: MjmlPen) -> str:
    if not block.shown_if.fact or not made:
        return made
    before, after = pen.held.hold(opening(block.shown_if)), pen.held.hold(CLOSING)
    return f"{pen.element('raw', before)}{made}{pen.element('raw', after)}"


def _head(style: MailStyle) -> str:
    rules = {
        ".lg-page": f"background-color: {style.page_dark}",
        ".lg-paper, .lg-paper > table": f"background: {style.paper_dark}; background-color: {style.paper_dark}",
        ".lg-ticket, .lg-ticket > table": f"background: {style.tint_dark}; background-color: {style.tint_dark}",
        ".lg-paper div, .lg-paper td": f"color: {style.words_dark}",
        ".lg-small div, .lg-soft": f"color: {style.soft_dark}",
        ".lg-link": f"color: {style.accent_dark}",
        ".lg-button td, .lg-button a": f"background: {style.accent_dark}; color: {style.on_accent_dark}",
    }
    dark = " ".join(f"{where} {{ {what.replace(';', ' !important;')} !important }}" for where, what in rules.items())
    return (
        f'<mj-attributes><mj-all font-family="{_attribute(style.letters)}" />'
        f'<mj-text color="{style.words}" font-size="{style.size}px" line-height="1.55" padding="0" />'
        '<mj-image padding="0" /><mj-section padding="0" /></mj-attributes>'
        f"{_SCHEMES}"
        f"<mj-style>p:last-child {{ margin-bottom: 0 !important }} @media (prefers-color-scheme: dark) {{ {dark} }}</mj-style>"
    )


def _text(block: Block) -> str:
    if block.columns:
        made = "\n\n".join(part for column in block.columns for one in column if (part := _text(one)).strip())
    else:
        made = _checked(block.described, block.values)
    return f"{opening(block.shown_if)}{made}{CLOSING}" if block.shown_if.fact and made else made


def _checked(kind: BlockKind, values: Values) -> str:
    made = kind.text(values)
    HeldLiquid().hold(made)
    return made
