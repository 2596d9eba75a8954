"""A browser tab that forgives nothing: console errors, CSP violations, serious axe findings and sideways scroll fail the walk.

A walk says `tab.settled("customers")` wherever a page is worth looking at. It is then asked in both themes and at both widths, and, with
--screenshots, kept as docs/screenshots/<page>-<theme>-<width>.png.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page

VENDOR = Path(__file__).parent / "vendor"
SCREENSHOTS = Path(__file__).parent.parent.parent / "docs" / "screenshots"
THEMES = ("light", "dark")
WIDTHS = {1280: 900, 390: 844}
TALLEST = 1_800
TELL_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', event =>
    console.error('CSP violation:', event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber));
"""
FIND = """
async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})).violations
    .filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 200) + ' ' + node.failureSummary).join(' | '))
"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass(frozen=True)
class Look:
    """How a walk is done: theme and width of the window."""

    theme: str
    width: int

    @property
    def name(self) -> str:
        """`light-1280`: part of the names of tests and pictures."""
        return f"{self.theme}-{self.width}"

    @property
    def phone(self) -> bool:
        """Whether the window is as narrow as a phone."""
        return self.width < 768


@dataclass
class Tab:
    """A tab of one person. `page` is playwright's; what went wrong gathers in `problems` and fails the test at its end."""

    page: Page
    look: Look
    url: str
    screenshots: bool = False
    problems: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(TELL_VIOLATIONS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: uncaught {error}"))

    def allow(self, words: str) -> None:
        """Expect a console error with these words, such as `status of 404`."""
        self.allowed.append(words)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error" or any(words in message.text for words in (*self.allowed, "status of 422", "status of 409")):
            return
        self.problems.append(f"{self.page.url}: {message.text}")

    def goto(self, path: str) -> None:
        """Open a page of the installation."""
        self.page.goto(self.url + path)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in by the form, as a person does."""
        self.goto("/sign-in")
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def settled(self, name: str) -> None:
        """Look at the page as it is now, in both themes and at both widths."""
        for theme in THEMES:
            for width in WIDTHS:
                self._put_on(Look(theme, width))
                self._judge(name, Look(theme, width))
        self._put_on(self.look)

    def _put_on(self, look: Look) -> None:
        self.page.emulate_media(color_scheme=look.theme, reduced_motion="reduce")
        self.page.set_viewport_size({"width": look.width, "height": WIDTHS[look.width]})

    def _judge(self, name: str, look: Look) -> None:
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            self.page.evaluate((VENDOR / "axe.min.js").read_text())
        self.page.wait_for_function("document.getAnimations().every(one => one.playState !== 'running')")
        found: list[Any] = self.page.evaluate(FIND)
        self.problems += [f"{name} ({look.name}): {one}" for one in found]
        if over := self.page.evaluate(SIDEWAYS):
            self.problems.append(f"{name} ({look.name}): scrolls sideways by {over} px")
        if self.screenshots and self.look == Look("light", 1280):
            self._keep(SCREENSHOTS / f"{name}-{look.name}.png", look)

    def _keep(self, file: Path, look: Look) -> None:
        """A picture of a window as tall as the page, up to a limit: bars that stick to an edge then stand where a person sees them."""
        file.parent.mkdir(parents=True, exist_ok=True)
        tall = min(self.page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        self.page.set_viewport_size({"width": look.width, "height": max(WIDTHS[look.width], tall)})
        self.page.screenshot(path=file)
