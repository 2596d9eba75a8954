"""How do variables pass through programs that know nothing of Liquid? As words of letters and digits, which are put back afterwards."""

import html
import re

from domain.messages.liquid.escaping import SCHEMES
from domain.messages.liquid.places import TemplateError

LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_HALF = re.compile(r"\{\{|\{%|\}\}|%\}")
_SCHEME = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):")


class HeldLiquid:
    """Takes the Liquid out of texts and puts it back into what was made of them. One for each mail."""

    def __init__(self, *sources: str) -> None:
        self._mark = "lq"
        while any(self._mark in source.lower() for source in sources):
            self._mark += "q"
        self._liquid: list[str] = []
        self._word = re.compile(rf"{self._mark}(\d+)z")

    def hold(self, source: str, in_html: bool = False) -> str:
        """The text with a word for each variable and tag. `in_html`: they are written as HTML, `&gt;` for >. Raises TemplateError."""
        out = LIQUID.sub(lambda found: self._keep(html.unescape(found[0]) if in_html else found[0]), source)
        _refuse_halves(out)
        return out

    def _keep(self, liquid: str) -> str:
        _refuse_halves(liquid[2:-2])  # what is put back must be one variable or tag, or it would write around itself
        self._liquid.append(liquid)
        return f"{self._mark}{len(self._liquid) - 1}z"

    def numbers(self, text: str) -> list[str]:
        """The numbers of what is held in this text, in order."""
        return self._word.findall(text)

    def emptied(self, text: str) -> str:
        """The text without what is held."""
        return self._word.sub("", text)

    def restored(self, made: str) -> str:
        """The text with its Liquid again."""
        return self._word.sub(lambda found: self._liquid[int(found[1])], made)

    def leads_somewhere(self, address: str) -> bool:
        """Whether a link, its variables held, begins as it may: with a scheme of ours, or with a value, whose scheme is checked later."""
        address = address.strip()
        if first := self._word.match(address):
            return self._liquid[int(first[1])].startswith("{{")
        found = _SCHEME.match(address)
        return found is not None and found[1].lower() in SCHEMES


def _refuse_halves(text: str) -> None:
    if half := _HALF.search(text):
        raise TemplateError(f"{half[0]} stands alone: a variable is written {{{{ like.this }}}}, a tag {{% like this %}}.")
