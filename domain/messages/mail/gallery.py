"""With which mail may one begin? A few drawings of our own, made of blocks like every other mail."""

from dataclasses import dataclass, replace
from typing import Any

from domain.messages.blocks.catalogue import block_kinds
from domain.messages.mail.style import MailStyle
from domain.messages.mail.tree import Mail, edged, new_block

NAME = "{{ customer.first_name | default: 'there' }}"
Piece = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A mail to begin with. `needs`: `voucher`, where it shows a code."""

    key: str
    label: str
    about: str
    subject: str
    preheader: str
    pieces: tuple[Piece, ...]
    style: MailStyle
    needs: str = ""

    @property
    def mail(self) -> Mail:
        """The mail, with a footer."""
        kinds = block_kinds()
        blocks = [(new_block(kinds[key], f"b{n}"), values) for n, (key, values) in enumerate(self.pieces, 1)]
        return edged(Mail(tuple(replace(block, values={**block.values, **values}) for block, values in blocks), self.style))


def _text(words: str, **more: Any) -> Piece:
    return "text", {"words": words, **more}


def _button(words: str, **more: Any) -> Piece:
    return "button", {"words": words, **more}


HEADER: Piece = ("header", {})
QUIET = MailStyle()
WARM = MailStyle(
    page="#f6efe4", paper="#fffdf9", words="#33241a", accent="#8f4a12", page_dark="#16110d", paper_dark="#211a14", words_dark="#f1e6d8",
    accent_dark="#e5a869", heading_font="serif",
)  # fmt: skip
FESTIVE = MailStyle(
    page="#f3eefb", paper="#ffffff", words="#2a1f3d", accent="#6b3fa0", page_dark="#151020", paper_dark="#1e1730", words_dark="#efe9fb",
    accent_dark="#c4a7f0", corner="24",
)  # fmt: skip

DRAWINGS = (
    Drawing(
        "welcome", "Welcome, with a code", "A greeting, the code with its QR picture, a button to the shop",
        f"{NAME}, a welcome from us", "Your code is inside",
        (
            HEADER,
            _text(f"<h2>Hello {NAME}, welcome in.</h2><p>Here is something for your first order, with our compliments.</p>"),
            ("voucher", {"qr": True}),
            _button("Use it now"),
        ),
        WARM, needs="voucher",
    ),
    Drawing(
        "birthday", "Birthday", "Good wishes and a present",
        f"Happy birthday, {NAME}", "A present waits inside",
        (
            ("header", {"align": "center"}),
            _text(f"<h2 data-align='center'>Happy birthday, {NAME}!</h2><p data-align='center'>Here is our present for your day.</p>"),
            ("voucher", {}),
            _button("Choose something", align="center", corner="round"),
        ),
        FESTIVE, needs="voucher",
    ),
    Drawing(
        "gift-card", "Gift card", "A present from somebody, with its code on a line of its own and as QR picture",
        f"{NAME}, a gift card for you", "It is inside",
        (
            ("header", {"align": "center", "border": True}),
            ("spacer", {"height": 16}),
            _text(f"<h2 data-align='center'>A gift for you, {NAME}</h2><p data-align='center'>Spend it at once, or later.</p>"),
            ("voucher", {"qr": True, "qr_size": "l", "line": "Gift card: {{ voucher.discount }}"}),
            _text("<p data-align='center'><small>Show the picture at the till, or type the code in the shop.</small></p>", space="s"),
            _button("Spend it now", align="center", corner="round", size="l"),
        ),
        WARM, needs="voucher",
    ),
    Drawing(
        "thank-you", "Thank you", "For those who bought: a few warm words and a code for the next time",
        f"Thank you, {NAME}", "And something for the next time",
        (
            HEADER,
            _text(f"<h2>Thank you, {NAME}.</h2><p>We are glad that you chose us. For the next time, take this along.</p>"),
            ("voucher", {"shape": "line"}),
            ("divider", {}),
            _text("<p><small>Something was not right? Just answer this mail.</small></p>", space="s"),
        ),
        QUIET, needs="voucher",
    ),
    Drawing(
        "cart", "Cart reminder", "Something was left behind: a reminder, and a button back",
        "You left something behind", "It is still there",
        (
            HEADER,
            _text(f"<h2>Still thinking it over, {NAME}?</h2><p>What you chose is still there. It takes a minute to finish.</p>"),
            _button("Back to my basket", size="l"),
        ),
        QUIET,
    ),
    Drawing(
        "plain", "Plain", "Words only, as in a letter",
        "A word from us", "",
        (_text(f"<p>Hello {NAME},</p><p>write here what you want to say.</p><p>{{{{ brand.name }}}}</p>"),),
        QUIET,
    ),
)  # fmt: skip


def drawing(key: str) -> Drawing | None:
    """The drawing named `key`."""
    return next((one for one in DRAWINGS if one.key == key), None)
