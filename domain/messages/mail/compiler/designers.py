"""Which MJML may a designer bring? An allow-list of tags and attributes; what stands between words is cleaned as HTML of one's own is.

The MJML is read here and written anew, so that the compiler sees nothing that was not understood.
"""

import html
import re
import xml.parsers.expat
from typing import Any

from domain.messages.liquid.places import TemplateError
from domain.messages.mail.compiler import write
from domain.messages.mail.compiler.held import HeldLiquid
from domain.messages.mail.compiler.rich import own_html

LONGEST = 256 * 1024
"""Characters."""
DEEPEST = 30
"""Tags inside of tags."""
TAGS = {
    "mjml", "mj-head", "mj-body", "mj-attributes", "mj-all", "mj-class", "mj-breakpoint",
    "mj-preview", "mj-raw", "mj-style", "mj-wrapper", "mj-section",
    "mj-column", "mj-group", "mj-hero", "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table", "mj-social",
    "mj-social-element", "mj-navbar", "mj-navbar-link",
}  # fmt: skip
HOLDS_HTML = ("mj-text", "mj-button", "mj-table", "mj-social-element", "mj-navbar-link", "mj-preview")
_INNER = re.compile(rf"<({'|'.join(HOLDS_HTML)})(\s[^<>]*[^<>/]|)>(.*?)</\1\s*>", re.DOTALL)
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9-]*")
LINKS = frozenset({"href", "src", "background-url"})
_NEVER = re.compile(r"^on|^srcdoc$|^formaction$|^path$|^name$|srcset$|^http-equiv$")
_ACTS = re.compile(r"url\s*\(|expression|@import|</|<|\\|behavio|binding|javascript", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;|quot;|apos;|#)(\w+);")
_UNSUBSCRIBE = re.compile(r"links\.unsubscribe")


def as_html(source: str) -> str:
    """The designer's MJML as HTML. Raises TemplateError, with the line where the reader stopped."""
    if not source.strip():
        raise TemplateError("There is no MJML yet.")
    if len(source) > LONGEST:
        raise TemplateError(f"This is longer than {LONGEST // 1024} kB. Shorten it.")
    if not _UNSUBSCRIBE.search(source):
        raise TemplateError("There is no way out: put a link to {{ links.unsubscribe }} into the mail.")
    held = HeldLiquid(source)
    return held.restored(write.compiled(_Reader(held).read(source)))


class _Reader:
    """Reads MJML and writes what is allowed."""

    def __init__(self, held: HeldLiquid) -> None:
        self.held = held
        self.out: list[str] = []
        self.depth = 0
        self.open: list[str] = []
        self.inner: dict[str, str] = {}

    def read(self, source: str) -> str:
        """The allowed MJML. Raises TemplateError."""
        without = self.held.hold(_INNER.sub(self._clean, source))
        parser = xml.parsers.expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = self._words, self._doctype
        try:
            parser.Parse(_ENTITY.sub(lambda found: f"&#{ord(html.unescape(found[0])[:1])};", without).encode(), True)
        except xml.parsers.expat.ExpatError as wrong:
            raise TemplateError(
                f"Line {wrong.lineno}, column {wrong.offset + 1}: this is not MJML ({xml.parsers.expat.ErrorString(wrong.code)})."
            ) from wrong
        if not self.out or not self.out[0].startswith("<mjml"):
            raise TemplateError("MJML begins with <mjml>.")
        return "".join(self.out)

    def _clean(self, found: re.Match[str]) -> str:
        """What stands between words is cleaned, and kept aside while the tags around it are read. Its lines are counted all the same."""
        mark = f"i{len(self.inner)}n"
        self.inner[mark] = own_html(found[3], self.held)
        return f"<{found[1]}{found[2]}>{mark}{chr(10) * found[3].count(chr(10))}</{found[1]}>"

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.open.append(tag)
        if len(self.open) > DEEPEST:
            raise TemplateError(f"Tags stand inside of more than {DEEPEST} others.")
        if tag not in TAGS:
            raise TemplateError(f"<{tag}> cannot be used. What can: {', '.join(sorted(TAGS))}.")
        if tag == "mj-social-element" and "src" not in attributes:
            raise TemplateError("<mj-social-element> needs the src of its picture, or it would be loaded from a server of others.")
        written = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items() if self._allowed(tag, name, value))
        self.out.append(f"<{tag}{written}>")

    def _allowed(self, tag: str, name: str, value: str) -> bool:
        if tag == "mj-class" and name == "name":
            return bool(_ATTRIBUTE.fullmatch(value))
        if not _ATTRIBUTE.fullmatch(name) or _NEVER.search(name):
            raise TemplateError(f"The attribute {name} of <{tag}> cannot be used.")
        if name in LINKS:
            if not self.held.leads_somewhere(value):
                raise TemplateError(f"{name} of <{tag}> must begin with https://, mailto: or tel:, or with a variable.")
            if name == "background-url" and self.held.numbers(value):
                raise TemplateError("A variable cannot stand in background-url: Outlook reads it from a comment.")
            return True
        if _ACTS.search(value):
            raise TemplateError(f"The value of {name} of <{tag}> cannot be used.")
        return True

    def _end(self, tag: str) -> None:
        self.open.pop()
        self.out.append(f"</{tag}>")

    def _words(self, words: str) -> None:
        if words.strip() in self.inner and self.open[-1] in HOLDS_HTML:
            self.out.append(self.inner[words.strip()])
        elif self.open[-1] == "mj-style":
            if _ACTS.search(words) or self.held.numbers(words):
                raise TemplateError("<mj-style> may hold neither addresses, nor variables, nor @import.")
            self.out.append(words)
        elif self.open[-1] == "mj-raw" and words.strip():
            if self.held.emptied(words).strip():
                raise TemplateError("<mj-raw> may hold tags of Liquid only, such as {% if … %}.")
            self.out.append(words)
        elif words.strip():
            raise TemplateError(f"Words cannot stand right inside <{self.open[-1]}>. Put them into <mj-text>.")

    def _doctype(self, *_: Any) -> None:
        raise TemplateError("A doctype cannot be used.")
