"""What is worth a thought before a mail goes out? Doubtful links, colours that are hard to read, and mails that are nearly all picture."""

import re
from collections.abc import Iterator

from domain.messages.blocks.contract import BlockControl, BlockField, is_colour
from domain.messages.layout import text_from_html
from domain.messages.mail import contrast
from domain.messages.mail.checks import links
from domain.messages.mail.compiler.held import LIQUID
from domain.messages.mail.parts import HEAVY, MailFinding
from domain.messages.mail.tree import Block, Mail
from domain.messages.pictures import addresses

FEW_WORDS = 20
"""A mail with pictures and fewer words than this is nearly all picture."""
LONG_ALT = 140
"""Characters; a picture that needs more has words in it."""
READABLE = 4.5
"""Contrast that words need (WCAG 2.2, 1.4.3)."""
READABLE_LARGE = 3.0
"""Contrast that words of 24 pixels and more need."""
HEAVY_PICTURE = 300 * 1024
"""Bytes of one picture that take long on a phone."""
HEAVY_PICTURES = 1024 * 1024
"""Bytes of all pictures together."""
_COLOURED = re.compile(r"<span[^>]*data-color\s*=\s*[\"']?(#[0-9a-fA-F]{6})[^>]*>", re.IGNORECASE)
_SIZE = re.compile(r"data-size\s*=\s*[\"']?(\d+)", re.IGNORECASE)


def of_mail(mail: Mail, size: int) -> list[MailFinding]:
    """All of them, as hints. `size`: bytes of its HTML; 0 where nobody knows."""
    found = [MailFinding(block.id, field, text, hint=True) for block in mail.every_block() for field, text in _of_block(block, mail)]
    if size > HEAVY:
        said = f"The mail has {size // 1024} kB of HTML; Gmail shows the first 100 kB and hides the rest. Make it shorter."
        found.append(MailFinding("", "size", said, hint=True))
    if any(one.kind == "image" for one in mail.every_block()) and (few := words_of(mail)) < FEW_WORDS:
        said = f"Nearly all of this mail is picture: it has {few} words. Many programs hide pictures until one asks; say it in words, too."
        found.append(MailFinding("", "mail", said, hint=True))
    return found


def words_of(mail: Mail) -> int:
    """Words that are read without pictures, those of the footer left out."""
    texts = [str(one.values["words"]) for one in mail.every_block() if one.kind in {"text", "button"}]
    texts += [str(one.values["source"]) for one in mail.every_block() if one.kind == "html"]
    texts += ["the code and what it is worth in a line" for one in mail.every_block() if one.kind == "voucher"]
    return sum(len(text_from_html(LIQUID.sub("x", text)).split()) for text in texts)


def of_weights(mail: Mail, sizes: dict[str, int]) -> list[MailFinding]:
    """What is too heavy for a phone. `sizes`: the address of a picture, as it is written, -> its bytes, for those that are known."""
    found, all_together = [], 0
    for block in mail.every_block():
        for field in block.described.fields:
            weight = sizes.get(str(block.values[field.key]), 0) if field.control is BlockControl.PICTURE else 0
            all_together += weight
            if weight > HEAVY_PICTURE:
                said = f"This picture has {weight // 1024} kB; on a phone it comes late. Below {HEAVY_PICTURE // 1024} kB is better."
                found.append(MailFinding(block.id, field.key, said, hint=True))
    if all_together > HEAVY_PICTURES:
        said = f"The pictures of this mail have {all_together / (1 << 20):.1f} MB together. Take fewer, or smaller ones."
        found.append(MailFinding("", "mail", said, hint=True))
    return found


def _of_block(block: Block, mail: Mail) -> Iterator[tuple[str, str]]:
    for field in block.described.fields:
        typed = str(block.values[field.key])
        yield from ((field.key, text) for text in _links(field, typed))
        if field.control is BlockControl.RICH:
            yield from ((field.key, text) for text in faint_words(typed, mail.style.paper))
    if block.kind == "image" and len(str(block.values["alt"])) > LONG_ALT:
        yield (
            "alt",
            "A picture that takes so many words to tell has text in it. Write that text into the mail instead; say here what it shows.",
        )
    if (
        block.kind == "divider"
        and is_colour(str(block.values["colour"]))
        and contrast.ratio(block.values["colour"], mail.style.paper) < 1.1
    ):
        yield "colour", "This line has the colour of the paper: nobody sees it."


def _links(field: BlockField, typed: str) -> Iterator[str]:
    if field.control in {BlockControl.ADDRESS, BlockControl.PICTURE}:
        if typed.strip() and (why := links.doubt(typed)) and not addresses.words(typed):
            yield f"The address {why}"
    elif field.control in {BlockControl.RICH, BlockControl.HTML}:
        yield from (f"The link “{link[:60]}” {why}" for link in links.in_words(typed) if (why := links.doubt(link)))


def faint_words(source: str, paper: str) -> list[str]:
    """Coloured words of rich text that are hard to read on this paper."""
    found = []
    for span in _COLOURED.finditer(source):
        size = _SIZE.search(span[0])
        needed = READABLE_LARGE if size and int(size[1]) >= 24 else READABLE
        if (ratio := contrast.ratio(span[1], paper)) < needed:
            found.append(f"Words in {span[1]} are hard to read on the paper: {ratio:.1f} to 1; {needed:g} can be read.")
    return list(dict.fromkeys(found))
