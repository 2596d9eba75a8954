"""What stands on a page: its forms with what they would send, their buttons, its links, choices and words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = dict[str, str]
SILENT = {"script", "style", "template"}
APART = {"p", "div", "li", "td", "th", "h1", "h2", "h3", "dt", "dd", "b", "small", "option", "a", "button", "br"}
"""What stands apart from the words before it."""


@dataclass
class Form:
    """What a form would send as it stands, and the buttons that send it with their words."""

    action: str = ""
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, Attributes]] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads a page once. Fields outside a form that name it by `form` belong to it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, Form] = {}
        self.links: list[tuple[str, str]] = []
        self.choices: list[tuple[str, str]] = []
        self.text = ""
        self._inside, self._silent, self._since, self._label = "", 0, 0, 0
        self._open: Attributes = {}
        self._select: Attributes = {}
        self._options: list[tuple[str, bool]] = []
        self._option = self._tick = ""
        self.feed(page)

    @property
    def words(self) -> str:
        """All that a person could read, on one line."""
        return " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self._silent += tag in SILENT
        self.text += " " if tag in APART else ""
        if act := getattr(self, f"_begin_{tag}", None):
            act(given)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT
        if act := getattr(self, f"_end_{tag}", None):
            act()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data

    def _said(self, since: int) -> str:
        return " ".join(self.text[since:].split())

    def _form(self, given: Attributes) -> Form:
        return self.forms.setdefault(given.get("form", self._inside), Form())

    def _begin_form(self, given: Attributes) -> None:
        self._inside = given.get("id") or f"form {len(self.forms)}"
        form = self._form({})
        form.action, form.method = given.get("action", ""), given.get("method", "get").lower()

    def _end_form(self) -> None:
        self._inside = ""

    def _begin_input(self, given: Attributes) -> None:
        ticked = given.get("type") in {"checkbox", "radio"}
        value = given.get("value", "on" if ticked else "")
        if ticked:
            self._tick = value
        if given.get("name") and "disabled" not in given and (not ticked or "checked" in given):
            self._form(given).fields.append((given["name"], value))

    def _begin_select(self, given: Attributes) -> None:
        self._select, self._options = given, []

    def _begin_option(self, given: Attributes) -> None:
        self._option, self._since = given.get("value", ""), len(self.text)
        if "disabled" not in given:
            self._options.append((self._option, "selected" in given))

    def _end_option(self) -> None:
        self.choices.append((self._said(self._since), self._option))

    def _end_select(self) -> None:
        chosen = [value for value, selected in self._options if selected] or [value for value, _ in self._options[:1]]
        self._form(self._select).fields += [(self._select.get("name", ""), value) for value in chosen]

    def _begin_label(self, given: Attributes) -> None:
        self._label, self._tick = len(self.text), ""

    def _end_label(self) -> None:
        self.choices.append((self._said(self._label), self._tick))

    def _open_words(self, given: Attributes) -> None:
        self._open, self._since = given, len(self.text)

    _begin_textarea = _begin_button = _begin_a = _open_words

    def _end_textarea(self) -> None:
        written = self.text[self._since :].removeprefix("\r").removeprefix("\n")
        self._form(self._open).fields.append((self._open.get("name", ""), written))

    def _end_a(self) -> None:
        if "href" in self._open:
            self.links.append((self._said(self._since), self._open["href"]))

    def _end_button(self) -> None:
        if "disabled" not in self._open and self._open.get("type", "submit") == "submit":
            self._form(self._open).buttons.append((self._said(self._since) or self._open.get("aria-label", ""), self._open))
