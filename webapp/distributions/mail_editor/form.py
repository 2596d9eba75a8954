"""What was posted from the editor? The fields of the chosen block, of the looks and of the envelope, read into the parts of the channel."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from werkzeug.datastructures import MultiDict

from domain.messages.blocks.contract import BlockControl, BlockField, BlockKind, is_colour
from domain.messages.mail import change
from domain.messages.mail.brand import MailLook, dressed
from domain.messages.mail.conditions import TESTS
from domain.messages.mail.gallery import Drawing
from domain.messages.mail.parts import BLOCKS, FORMAT, MJML, RICH, SOURCES, MailFormat, format_of
from domain.messages.mail.style import CHOICES, COLOURS, MailStyle
from domain.messages.mail.tree import Condition, Mail

Sent = MultiDict[str, str]
Wrong = dict[str, str]
"""Name of a field as it was sent -> what is wrong with it, and how it is put right."""
FIELD, LOOK = "f-", "s-"
"""Before the key of a field of the chosen block; of the looks of the whole mail."""
WRITTEN = {MailFormat.SIMPLE: (RICH,), MailFormat.MJML: (MJML,), MailFormat.BLOCKS: (), MailFormat.RAW: ("text", "html")}
"""MailFormat -> the parts that are typed into one field each."""


def lines(text: str) -> str:
    """Lines end as they are stored, not as browsers send them."""
    return text.replace("\r\n", "\n")


def parts(sent: Sent, before: Mapping[str, str]) -> dict[str, str]:
    """The parts of the message that were sent as they are: envelope, words, MJML."""
    names = ("subject", "preheader", *WRITTEN[format_of(before)])
    return {**before, **{name: lines(sent[name]) for name in names if name in sent}}


def mail(sent: Sent, before: Mail, wrong: Wrong) -> Mail:
    """The mail with what was typed into the chosen block and the looks of all; what cannot be is noted in `wrong` and stays as it was."""
    block = before.block(sent.get("block", ""))
    if block is not None and "fields" in sent:
        values = dict(_values(block.described, sent, wrong))
        before = change.with_values(before, block.id, values, None if block.described.stays else _condition(sent, block.shown_if))
    return replace(before, style=look(sent, before.style, wrong))


def _values(kind: BlockKind, sent: Sent, wrong: Wrong) -> Iterator[tuple[str, Any]]:
    for field in kind.fields:
        name = f"{FIELD}{field.key}"
        if field.control is BlockControl.SWITCH:
            yield field.key, name in sent
        elif name in sent:
            value = _value(field, lines(sent[name]))
            if field.fits(value):
                yield field.key, value
            else:
                wrong[name] = _remedy(field)


def _value(field: BlockField, text: str) -> str | int:
    match field.control:
        case BlockControl.NUMBER:
            return int(text) if text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 6 else -1
        case BlockControl.LINE | BlockControl.ADDRESS | BlockControl.PICTURE:
            return " ".join(text.splitlines())
        case BlockControl.COLOUR:
            return text.strip().lower()
    return text


def _remedy(field: BlockField) -> str:
    match field.control:
        case BlockControl.NUMBER:
            return f"{field.label}: write a whole number from {field.least} to {field.most}."
        case BlockControl.COLOUR:
            return f"{field.label}: write a colour as #rrggbb, or nothing."
        case BlockControl.CHOICE:
            return f"{field.label}: choose one from the list."
    return f"{field.label}: this is too long. Shorten it."


def _condition(sent: Sent, before: Condition) -> Condition:
    if "if-fact" not in sent:
        return before
    test, value = sent.get("if-test", ""), " ".join(sent.get("if-value", "").splitlines())
    return Condition(sent["if-fact"].strip()[:200], test if test in TESTS else "filled", value[:200])


def look(sent: Sent, before: MailStyle, wrong: Wrong) -> MailStyle:
    """The look of a whole mail after what was chosen; what cannot be is noted in `wrong` and stays as it was."""
    given: dict[str, str] = {}
    for name in (*COLOURS, *CHOICES):
        text = sent.get(f"{LOOK}{name}", "").strip().lower()
        if not text:
            continue
        if is_colour(text) if name in COLOURS else text in CHOICES[name]:
            given[name] = text
        else:
            wrong[f"{LOOK}{name}"] = "Write a colour as #rrggbb." if name in COLOURS else "Choose one from the list."
    return replace(before, **given)


def begun(written: Mapping[str, str], chosen: Drawing, brand: MailLook) -> dict[str, str]:
    """The parts with the mail of a drawing, in the look of the brand, in place of what was there; a subject that somebody wrote stays."""
    kept = {name: text for name, text in written.items() if name not in {*SOURCES, "html", "text"}}
    for name, text in (("subject", chosen.subject), ("preheader", chosen.preheader)):
        kept[name] = kept.get(name, "").strip() or text
    return {**kept, FORMAT: MailFormat.BLOCKS.value, BLOCKS: dressed(chosen.mail, brand).as_text()}


def with_mail(written: Mapping[str, str], made: Mail) -> dict[str, str]:
    """The parts with this mail in them."""
    return {**written, BLOCKS: made.as_text()}
