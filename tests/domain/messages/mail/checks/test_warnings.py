"""What is worth a thought before a mail goes out is told as a hint, by its block and field, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest

from domain.messages.blocks.catalogue import block_kinds
from domain.messages.mail.checks import links, warnings
from domain.messages.mail.gallery import DRAWINGS
from domain.messages.mail.parts import HEAVY
from domain.messages.mail.tree import Mail, edged, new_block

OURS = f"http://127.0.0.1:8000/i/{'a' * 32}.png"
LONG = "Our autumn bread, baked every morning in the old oven of the mill, " * 3


def mail(kind: str, **values: Any) -> Mail:
    block = new_block(block_kinds()[kind], "b1")
    return edged(Mail((replace(block, values={**block.values, **values}),)))


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://maple-rye.com/loaves?a=1&b=2", ""), ("{{ links.shop }}", ""), ("https://{{ customer.city }}.maple-rye.com/", ""),
        ("mailto:ann@maple-rye.com", ""), ("tel:+44117", ""), ("", ""), ("https://maple-rye.com/?code={{ voucher.code }}", ""),
        ("http://maple-rye.com", "begins with http://"), ("https://localhost:8000/x", "this machine"), ("http://10.0.0.7/", "this machine"),
        ("https://shop.example/", "made-up"), ("https://www.example.com/", "made-up"), ("https://yourdomain.com", "made-up"),
        ("https://maple rye.com", "space"), ("https://https://maple-rye.com", "https:// once"), ("https:maple-rye.com", "https:// once"),
        ("https://maple-rye", "no web site"), ("https://maple..com", "no web site"), ("https://", "no web site"), ("#", "nowhere"),
        ("https://[oops", "no web site"),
    ],
)  # fmt: skip
def test_a_link_that_may_be_wrong_says_why(link: str, said: str) -> None:
    why = links.doubt(link)

    assert said in why
    assert bool(why) == bool(said)


@pytest.mark.parametrize(
    ("written", "field", "said"),
    [
        (mail("button", link="http://maple-rye.com"), "link", "begins with http://"),
        (mail("text", words="<p><a href='https://shop.example/x'>here</a></p>"), "words", "made-up"),
        (mail("html", source='<a href="#">here</a>'), "source", "nowhere"),
        (mail("text", words="<p><span data-color='#dddddd'>pale</span></p>"), "words", "hard to read"),
        (mail("image", source=OURS, alt=LONG), "alt", "has text in it"),
        (mail("image", source=OURS, alt="A loaf"), "", "Nearly all of this mail is picture"),
        (mail("divider", colour="#ffffff"), "colour", "nobody sees it"),
    ],
)
def test_a_doubt_is_a_hint_at_its_field(written: Mail, field: str, said: str) -> None:
    found = warnings.of_mail(written, 0)

    assert any(said in one.text and one.field in {field, "mail"} for one in found), found
    assert all(one.hint for one in found)


def test_large_coloured_words_may_be_paler() -> None:
    small = "<p><span data-color='#8a8a8a'>words</span></p>"

    assert warnings.faint_words(small, "#ffffff")
    assert not warnings.faint_words(small.replace("data-color", "data-size='26' data-color"), "#ffffff")


def test_a_heavy_mail_and_heavy_pictures_are_told() -> None:
    (said,) = warnings.of_mail(mail("divider"), HEAVY + 1)
    assert "Gmail" in said.text
    heavy = mail("image", source=OURS, alt="A loaf")

    one = warnings.of_weights(heavy, {OURS: 400 * 1024})
    two = warnings.of_weights(heavy, {OURS: 2 << 20})

    assert [(found.block, found.field) for found in one] == [("b1", "source")]
    assert "2.0 MB" in two[-1].text
    assert warnings.of_weights(heavy, {OURS: 1000}) == []


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda one: one.key)
def test_no_drawing_is_doubtful(drawing: Any) -> None:
    assert warnings.of_mail(drawing.mail, 0) == []
