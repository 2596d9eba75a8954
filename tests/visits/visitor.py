"""A browser without scripts: it reads pages, finds forms by the words on their buttons, and sends what a browser would send."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urljoin

import requests

from tests.journeys.installation import PASSWORD
from tests.visits.reader import Attributes, Form, Reader

Given = str | Sequence[str]
Files = Mapping[str, tuple[str, bytes]]


class Visitor:
    """One person at one installation. `at` is where they are, `words` what stands there."""

    def __init__(self, url: str, name: str = "") -> None:
        self.at, self.browser, self.page, self.read = url, requests.Session(), requests.Response(), Reader("")
        if name:
            self.goto("/sign-in").press("Sign in", email=f"{name}@example.com", password=PASSWORD)

    @property
    def words(self) -> str:
        """What the page says."""
        return self.read.words

    def goto(self, path: str = "", status: int = 200) -> "Visitor":
        """Open a page; without a path, this one again."""
        return self._keep(self.browser.get(urljoin(self.at, path)), status)

    def follow(self, words: str) -> "Visitor":
        """Click the first link that says so."""
        for said, where in self.read.links:
            if re.search(words, said):
                return self.goto(where)
        raise AssertionError(f"no link “{words}” at {self.at}: {[said for said, _ in self.read.links]}")

    def choice(self, words: str) -> str:
        """The value of the option, radio or box whose words begin so."""
        for said, value in self.read.choices:
            if value and said.startswith(words):
                return value
        raise AssertionError(f"no choice “{words}” at {self.at}: {self.read.choices}")

    def press(
        self, words: str, fields: Mapping[str, Given] | None = None, files: Files | None = None, status: int = 200, **more: Given
    ) -> "Visitor":
        """Press the first button that says so, after filling in fields by their names; an empty list unticks."""
        for form in self.read.forms.values():
            for said, button in form.buttons:
                if re.search(words, said):
                    return self._send(form, button, {**(fields or {}), **more}, files, status)
        raise AssertionError(f"no button “{words}” at {self.at}: {[[s for s, _ in f.buttons] for f in self.read.forms.values()]}")

    def _send(self, form: Form, button: Attributes, given: Mapping[str, Given], files: Files | None, status: int) -> "Visitor":
        data = [(name, value) for name, value in form.fields if name not in given and name not in (files or {})]
        data += [(name, one) for name, value in given.items() for one in ([value] if isinstance(value, str) else value)]
        if button.get("name"):
            data.append((button["name"], button.get("value", "")))
        where = urljoin(self.at, button.get("formaction") or form.action or self.at)
        if form.method == "get":
            return self._keep(self.browser.get(where, params=data), status)
        return self._keep(self.browser.post(where, data=data, files=files, headers={"Referer": self.at}), status)

    def _keep(self, answer: requests.Response, status: int) -> "Visitor":
        html = "html" in answer.headers.get("Content-Type", "")
        self.page, self.at, self.read = answer, answer.url, Reader(answer.text if html else "")
        assert answer.status_code == status, f"{answer.status_code} at {answer.url}: {self.words[:2000]}"
        return self
