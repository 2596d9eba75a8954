"""How does the whole mail look? Its colours, each with its twin in the dark, its letters and its width."""

from collections.abc import Collection
from dataclasses import dataclass, fields

from domain.messages.mail import contrast

FONTS = {
    "sans": ("Helvetica, Arial", "Helvetica, Arial, sans-serif"),
    "serif": ("Georgia", "Georgia, 'Times New Roman', serif"),
    "system": ("The reader's own", "-apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"),
    "mono": ("Typewriter", "'Courier New', Courier, monospace"),
}
"""Key -> its name, and the list of fonts that mail programs are given."""
SIZES = {"15": "15", "16": "16", "18": "18"}
WIDTHS = {"560": "560", "600": "600", "640": "640"}
CORNERS = {"0": "None", "8": "Soft", "24": "Round"}


@dataclass(frozen=True, slots=True)
class MailStyle:
    """Colours are `#rrggbb`; those that end in `_dark` are shown by programs that say they are in the dark."""

    page: str = "#f5f4f1"
    paper: str = "#ffffff"
    words: str = "#21201c"
    accent: str = "#0b7a5b"
    page_dark: str = "#161513"
    paper_dark: str = "#211f1c"
    words_dark: str = "#efeeea"
    accent_dark: str = "#6fc7a6"
    heading_font: str = "sans"
    text_font: str = "sans"
    size: str = "16"
    width: str = "600"
    corner: str = "8"

    @property
    def soft(self) -> str:
        """The colour of small print."""
        return contrast.mixed(self.words, self.paper, 0.3)

    @property
    def soft_dark(self) -> str:
        """The same in the dark."""
        return contrast.mixed(self.words_dark, self.paper_dark, 0.3)

    @property
    def line(self) -> str:
        """The colour of lines and borders."""
        return contrast.mixed(self.words, self.paper, 0.84)

    @property
    def tint(self) -> str:
        """The ground of a voucher."""
        return contrast.mixed(self.accent, self.paper, 0.93)

    @property
    def tint_dark(self) -> str:
        """The same in the dark."""
        return contrast.mixed(self.accent_dark, self.paper_dark, 0.9)

    @property
    def on_accent(self) -> str:
        """The colour of words on a button."""
        return contrast.readable_on(self.accent)

    @property
    def on_accent_dark(self) -> str:
        """The same in the dark."""
        return contrast.readable_on(self.accent_dark)

    @property
    def headings(self) -> str:
        """The fonts of headings."""
        return FONTS[self.heading_font][1]

    @property
    def letters(self) -> str:
        """The fonts of all other words."""
        return FONTS[self.text_font][1]


COLOURS = tuple(one.name for one in fields(MailStyle) if str(one.default).startswith("#"))
CHOICES: dict[str, Collection[str]] = {"heading_font": FONTS, "text_font": FONTS, "size": SIZES, "width": WIDTHS, "corner": CORNERS}


def faint(style: MailStyle) -> list[str]:
    """Pairs of colours that are hard to read, in words (WCAG 2.2, 1.4.3: 4.5 to 1)."""
    pairs = (
        ("Words on paper", style.words, style.paper),
        ("Links on paper", style.accent, style.paper),
        ("Words on paper in the dark", style.words_dark, style.paper_dark),
        ("Links on paper in the dark", style.accent_dark, style.paper_dark),
    )
    return [f"{name}: {found:.1f} to 1; 4.5 can be read." for name, one, other in pairs if (found := contrast.ratio(one, other)) < 4.5]
