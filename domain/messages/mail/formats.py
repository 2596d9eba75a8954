"""In which format is a mail: simple words, blocks, MJML, or text and HTML? What is made of each, and of one the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from domain.messages import variables
from domain.messages.blocks.catalogue import block_kinds
from domain.messages.layout import text_from_html
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.compiler import designers, write
from domain.messages.mail.findings import findings
from domain.messages.mail.parts import BLOCKS, FORMAT, MJML, RICH, SOURCES, MadeMail, MailFinding, MailFormat
from domain.messages.mail.tree import Mail, edged, new_block, read
from domain.messages.variables import Variable
from domain.tables.stored_json import Unreadable


def made(parts: Mapping[str, str], allowed: Sequence[Variable] | None = None) -> MadeMail:
    """The parts with HTML and text in place of what they are made from. Raises TemplateError where that cannot be done at all.

    `allowed`: the variables to check with; None: nothing is checked.
    """
    written = MailFormat(parts.get(FORMAT, ""))
    rest = {name: text for name, text in parts.items() if name not in {*SOURCES, "html", "text"}}
    if written is MailFormat.RAW:
        return MadeMail({name: text for name, text in parts.items() if name not in SOURCES})
    if written is MailFormat.MJML:
        html = designers.as_html(parts.get(MJML, ""))
        return MadeMail({**rest, "html": html, "text": text_from_html(html)}, tuple(_whole(html, allowed)))
    mail = mail_of(parts)
    found = findings(mail, allowed) if allowed is not None else []
    try:
        html, text = write.as_html(mail), write.as_text(mail)
    except TemplateError:
        if found:
            return MadeMail(rest, tuple(found))
        raise
    if allowed is not None:
        found = findings(mail, allowed, len(html.encode()))
        found += [] if any(not one.hint for one in found) else _whole(html, allowed)
    return MadeMail({**rest, "html": html, "text": text}, tuple(found))


def _whole(html: str, allowed: Sequence[Variable] | None) -> list[MailFinding]:
    """What is wrong with the mail as a whole, after each of its pieces was asked."""
    if allowed is None:
        return []
    return [MailFinding("", "mail", text) for text in variables.mistakes(html, OutputContext.HTML, allowed)]


def mail_of(parts: Mapping[str, str]) -> Mail:
    """The tree behind simple words or blocks. Raises TemplateError."""
    if parts.get(FORMAT) == MailFormat.SIMPLE:
        return simple(parts.get(RICH, ""))
    try:
        return read(parts.get(BLOCKS) or "{}")
    except Unreadable as why:
        raise TemplateError(str(why)) from why


def simple(words: str) -> Mail:
    """A mail of nothing but words, under the name of the brand and above the footer."""
    kinds = block_kinds()
    text = new_block(kinds["text"], "b2")
    blocks = (new_block(kinds["header"], "b1"), replace(text, values={**text.values, "words": words}))
    return edged(Mail(blocks))


def _words(parts: Mapping[str, str]) -> str:
    """The words of a mail, for the format in which there is nothing else."""
    match MailFormat(parts.get(FORMAT, "")):
        case MailFormat.SIMPLE:
            return parts.get(RICH, "")
        case MailFormat.BLOCKS:
            return "".join(str(one.values["words"]) for one in mail_of(parts).every_block() if one.kind == "text")
        case MailFormat.MJML:
            return made(parts).parts["text"]
    return parts.get("text", "") or text_from_html(parts.get("html", ""))


def _to_simple(parts: Mapping[str, str]) -> dict[str, str]:
    return {RICH: _words(parts)}


def _to_blocks(parts: Mapping[str, str]) -> dict[str, str]:
    return {BLOCKS: simple(_words(parts)).as_text()}


def _to_mjml(parts: Mapping[str, str]) -> dict[str, str]:
    written = MailFormat(parts.get(FORMAT, ""))
    mail = mail_of(parts) if written in {MailFormat.SIMPLE, MailFormat.BLOCKS} else simple(_words(parts))
    return {MJML: write.source(mail)}


def _to_raw(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in made(parts).parts.items() if name in {"html", "text"}}


_MAKE: dict[MailFormat, Callable[[Mapping[str, str]], dict[str, str]]] = {
    MailFormat.SIMPLE: _to_simple, MailFormat.BLOCKS: _to_blocks, MailFormat.MJML: _to_mjml, MailFormat.RAW: _to_raw,
}  # fmt: skip


def changed(parts: Mapping[str, str], to: str) -> dict[str, str]:
    """The parts as another format has them; what was written in the format before is gone. Raises TemplateError."""
    wanted = MailFormat(to)
    rest = {name: text for name, text in parts.items() if name not in {*SOURCES, "html", "text"}}
    return {**rest, **_MAKE[wanted](parts), FORMAT: wanted.value} if wanted.value else {**rest, **_MAKE[wanted](parts)}
