"""A mail has two bodies. Whoever wrote only one gets the other made from it, variables and all."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
_LINK = re.compile(r"(https?://[^\s<>\"']+|\{\{\s*links\.[a-z]+\s*\}\})")
_BLOCKS = frozenset(
    {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "li", "table", "ul", "ol", "blockquote", "section", "header", "footer"}
)
_SILENT = frozenset({"style", "script", "head", "title"})

PAGE = Path(__file__).with_name("plain.html").read_text()
"""The mail around plain text; BODY is where the words go."""
FOOTER = "\n\n--\n{{ brand.address | default: brand.name }}\nUnsubscribe: {{ links.unsubscribe }}\n"


def html_from_text(text: str) -> str:
    """A quiet, well-formed mail around plain text: paragraphs, links, and a footer with address and unsubscribe link."""
    paragraphs = [_paragraph(block) for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]
    return PAGE.replace("BODY", "\n".join(paragraphs))


def _paragraph(block: str) -> str:
    lines = "<br>\n".join(_linked(line) for line in block.strip().splitlines())
    return f'<p style="margin:0 0 16px">{lines}</p>'


def _linked(line: str) -> str:
    return "".join(
        f'<a href="{_kept(piece)}" style="color:#0b7a5b">{_kept(piece)}</a>' if _LINK.fullmatch(piece) else _kept(piece)
        for piece in _LINK.split(line)
    )


def _kept(text: str) -> str:
    """Escaped for HTML, but for what is Liquid."""
    out, at = [], 0
    for found in _LIQUID.finditer(text):
        out += [html.escape(text[at : found.start()]), found[0]]
        at = found.end()
    return "".join([*out, html.escape(text[at:])])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.out: list[str] = []
        self._links: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self.out.append("\n")
        elif tag == "li":
            self.out.append("\n- ")
        elif tag in _BLOCKS:
            self.out.append("\n\n")
        elif tag == "a":
            self._links.append(values.get("href") or "")
        elif tag == "img" and values.get("alt"):
            self.out.append(str(values["alt"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._links:
            self._end_link(self._links.pop())
        elif tag in _BLOCKS:
            self.out.append("\n")

    def _end_link(self, href: str) -> None:
        if href and not href.startswith("#") and not "".join(self.out).rstrip().endswith(href):
            self.out.append(f" ({href})")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.out.append(re.sub(r"\s+", " ", data))


def text_from_html(source: str) -> str:
    """The words of an HTML mail, with addresses behind their links; variables stay variables."""
    reader = _Reader()
    held: list[str] = []

    def hold(found: re.Match[str]) -> str:
        held.append(found[0])
        return f"\ue000{len(held) - 1}\ue001"

    reader.feed(_LIQUID.sub(hold, source))
    reader.close()
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(reader.out))
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return re.sub("\ue000(\\d+)\ue001", lambda found: held[int(found[1])], text)


def with_preheader(source: str, preheader: str) -> str:
    """The HTML with the line that mail programs show beside the subject, hidden in the mail itself."""
    if not preheader.strip():
        return source
    line = f'<div style="display:none;max-height:0;overflow:hidden">{_kept(preheader)}</div>'
    body = re.search(r"<body[^>]*>", source, re.I)
    return f"{source[: body.end()]}{line}{source[body.end() :]}" if body else f"{line}{source}"
