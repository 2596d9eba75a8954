"""Which HTML may a person bring into a mail? Rich text knows few tags; HTML of one's own knows more; everything else is taken out.

Both are cleaned by nh3 before the mail is compiled, with their variables held as words. What was compiled is never cleaned again: it would
lose the styles and the comments for Outlook.
"""

import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

import nh3

from domain.messages.blocks.contract import is_colour
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.compiler.held import HeldLiquid
from domain.messages.mail.style import MailStyle

SCRIPTS = {"script", "style", "title", "template", "svg", "math", "noscript", "iframe", "object", "embed", "textarea", "select"}
"""Tags that go with everything in them."""
RICH_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "s", "a", "ul", "ol", "li", "h2", "h3", "small", "span"}
RICH_ATTRIBUTES = {
    "a": {"href"},
    "span": {"data-color", "data-size"},
    "p": {"data-align"}, "h2": {"data-align"}, "h3": {"data-align"},
}  # fmt: skip
ALIGNMENTS = frozenset({"left", "center", "right"})
OWN_TAGS = RICH_TAGS | {
    "div", "h1", "h4", "h5", "h6", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "img", "hr", "blockquote", "center",
    "code", "pre", "sub", "sup", "dl", "dt", "dd", "font", "figure", "figcaption",
}  # fmt: skip
_LOOKS = {"align", "valign", "width", "height", "bgcolor", "style"}
OWN_ATTRIBUTES = {
    **{tag: _LOOKS | {"title", "lang", "dir"} for tag in OWN_TAGS},
    "a": {"href", "style", "title"},
    "img": {"src", "alt", "width", "height", "style", "border"},
    "table": _LOOKS | {"cellpadding", "cellspacing", "border", "role"},
    "td": _LOOKS | {"colspan", "rowspan"},
    "th": _LOOKS | {"colspan", "rowspan", "scope"},
    "font": {"color", "face", "size"},
}
PROPERTIES = {
    "color", "background-color", "padding", "padding-top", "padding-right", "padding-bottom", "padding-left", "margin", "margin-top",
    "margin-right", "margin-bottom", "margin-left", "border", "border-top", "border-right", "border-bottom", "border-left", "border-radius",
    "border-collapse", "border-spacing", "font", "font-family", "font-size", "font-style", "font-weight", "line-height", "letter-spacing",
    "text-align", "text-decoration", "text-transform", "vertical-align", "width", "max-width", "min-width", "height", "display",
    "white-space", "word-break",
}  # fmt: skip
"""Of CSS, in HTML of one's own."""
_ACTS = re.compile(r"url|expression|@|\\|behavio|binding", re.IGNORECASE)


def rich_text(source: str, held: HeldLiquid, style: MailStyle) -> str:
    """Words with their form as they stand in the mail, their variables held. Raises TemplateError."""
    clean = _clean(with_paragraphs(source), held, RICH_TAGS, RICH_ATTRIBUTES)
    writer = _Styled(style)
    writer.feed(clean)
    writer.close()
    return "".join(writer.out)


def own_html(source: str, held: HeldLiquid) -> str:
    """HTML of one's own as it stands in the mail, its variables held. Raises TemplateError."""
    return _clean(source, held, OWN_TAGS, OWN_ATTRIBUTES)


def with_paragraphs(source: str) -> str:
    """Text without any tag gets its paragraphs: whoever types without scripts writes no HTML."""
    if re.search(r"<\s*(p|br|h2|h3|ul|ol|li|b|strong|i|em|u|s|a|span|small)\b", source, re.IGNORECASE):
        return source
    paragraphs = [one.strip() for one in re.split(r"\n\s*\n", source) if one.strip()]
    return "".join(f"<p>{one.replace(chr(10), '<br>')}</p>" for one in paragraphs)


def _clean(source: str, held: HeldLiquid, tags: set[str], attributes: dict[str, set[str]]) -> str:
    without = held.hold(source, in_html=True)

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        return value if _ATTRIBUTE.get(attribute, _anything)(value, held) else None

    made = nh3.clean(
        without, tags=tags, attributes={"*": set(), **attributes}, attribute_filter=allowed, filter_style_properties=PROPERTIES,
        clean_content_tags=SCRIPTS - tags, link_rel=None, strip_comments=True,
    )  # fmt: skip
    if held.numbers(made) != held.numbers(without):
        raise TemplateError("A variable or tag stands where none may: between tags, in words or in the link of an <a> it can.")
    return made


def _anything(value: str, held: HeldLiquid) -> bool:
    return True


def _is_link(value: str, held: HeldLiquid) -> bool:
    return held.leads_somewhere(value)


def _is_style(value: str, held: HeldLiquid) -> bool:
    return not _ACTS.search(html.unescape(value))


_ATTRIBUTE: dict[str, Callable[[str, HeldLiquid], bool]] = {
    "href": _is_link,
    "src": _is_link,
    "style": _is_style,
    "data-color": lambda value, held: is_colour(value) or value in {"accent", "soft"},
    "data-size": lambda value, held: value.isascii() and value.isdigit() and 10 <= int(value) <= 60,
    "data-align": lambda value, held: value in ALIGNMENTS,
}
"""Attributes that are looked at more closely."""


class _Styled(HTMLParser):
    """Writes cleaned rich text with the styles that mail programs need on every tag."""

    def __init__(self, style: MailStyle) -> None:
        super().__init__(convert_charrefs=False)
        self.style = style
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        looks = [self._base(tag), *self._chosen(named)]
        parts = [f' href="{html.escape(named["href"])}"'] if "href" in named else []
        classes = {"a": "lg-link"}.get(tag, "lg-own" if "data-color" in named else "")
        parts += [f' class="{classes}"'] if classes else []
        parts += [f' style="{";".join(look for look in looks if look)}"'] if any(looks) else []
        self.out.append(f"<{tag}{''.join(parts)}{' /' if tag == 'br' else ''}>")

    def _base(self, tag: str) -> str:
        heading = f"font-family:{self.style.headings};margin:0 0 8px;line-height:1.25"
        return {
            "p": "margin:0 0 12px",
            "ul": "margin:0 0 12px;padding-left:22px",
            "ol": "margin:0 0 12px;padding-left:22px",
            "h2": f"{heading};font-size:26px;font-weight:600",
            "h3": f"{heading};font-size:19px;font-weight:600",
            "a": f"color:{self.style.accent}",
            "small": f"font-size:13px;color:{self.style.soft}",
        }.get(tag, "")

    def _chosen(self, named: dict[str, str]) -> list[str]:
        colour = {"accent": self.style.accent, "soft": self.style.soft}.get(named.get("data-color", ""), named.get("data-color", ""))
        return [
            f"color:{colour}" if colour else "",
            f"font-size:{named['data-size']}px;line-height:1.3" if "data-size" in named else "",
            f"text-align:{named['data-align']}" if "data-align" in named else "",
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data.replace("<", "&lt;").replace(">", "&gt;"))

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")
