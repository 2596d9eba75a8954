"""What is to be put right in a mail of blocks, and where? Missing links and words, wrong variables, faint colours, too many bytes."""

from collections.abc import Iterator, Sequence

from domain.messages import variables
from domain.messages.blocks.contract import BlockControl, BlockField, BlockFinding
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.compiler.held import HeldLiquid
from domain.messages.mail.compiler.rich import own_html, rich_text, with_paragraphs
from domain.messages.mail.conditions import CLOSING, opening
from domain.messages.mail.parts import HEAVY, MailFinding
from domain.messages.mail.style import MailStyle, faint
from domain.messages.mail.tree import Block, Mail
from domain.messages.variables import Variable

TYPED = frozenset({BlockControl.LINE, BlockControl.LINES, BlockControl.RICH, BlockControl.HTML, BlockControl.ADDRESS, BlockControl.PICTURE})
"""Fields that may hold variables."""


def findings(mail: Mail, allowed: Sequence[Variable], size: int = 0) -> list[MailFinding]:
    """Everything, in the order of the mail. `size`: bytes of its HTML."""
    found = [one for block in mail.every_block() for one in _of(block, allowed, mail.style)]
    found += [MailFinding("", "style", text, hint=True) for text in faint(mail.style)]
    if size > HEAVY:
        said = f"The mail has {size // 1024} kB of HTML; Gmail shows the first 100 kB and hides the rest. Make it shorter."
        found.append(MailFinding("", "size", said, hint=True))
    return found


def _of(block: Block, allowed: Sequence[Variable], style: MailStyle) -> Iterator[MailFinding]:
    kind = block.described
    yield from (MailFinding(block.id, one.field, one.text, one.hint) for one in kind.findings(block.values))
    for field in kind.fields:
        if field.control in TYPED:
            yield from (
                MailFinding(block.id, field.key, one.text, one.hint) for one in _typed(field, str(block.values[field.key]), allowed, style)
            )
    if kind.columns and not any(block.columns):
        yield MailFinding(block.id, "", "The columns are empty. Put blocks into them, or remove them.")
    if block.shown_if.fact:
        yield from (MailFinding(block.id, "shown_if", text) for text in _condition(block, allowed))


def _condition(block: Block, allowed: Sequence[Variable]) -> list[str]:
    try:
        return variables.mistakes(f"{opening(block.shown_if)}{CLOSING}", OutputContext.TEXT, allowed)
    except TemplateError as wrong:
        return [str(wrong)]


def _typed(field: BlockField, typed: str, allowed: Sequence[Variable], style: MailStyle) -> Iterator[BlockFinding]:
    if not typed.strip():
        return
    held = HeldLiquid(typed)
    try:
        match field.control:
            case BlockControl.RICH:
                source, place = held.restored(rich_text(typed, held, style)), OutputContext.HTML
            case BlockControl.HTML:
                source, place = held.restored(own_html(typed, held)), OutputContext.HTML
            case _:
                held.hold(typed)
                source, place = typed, OutputContext.TEXT
    except TemplateError as wrong:
        yield BlockFinding(str(wrong), field.key)
        return
    yield from (BlockFinding(text, field.key) for text in variables.mistakes(source, place, allowed))
    if field.control in {BlockControl.ADDRESS, BlockControl.PICTURE} and not held.leads_somewhere(held.hold(typed.strip())):
        yield BlockFinding("A link begins with https://, mailto: or tel:, or with a variable such as {{ links.shop }}.", field.key)
    if field.control is BlockControl.RICH and _lost(typed, source):
        yield BlockFinding("A link in these words leads nowhere; it begins with https://, mailto: or tel:.", field.key)


def _lost(typed: str, source: str) -> bool:
    """Whether a link was taken out of rich text."""
    return with_paragraphs(typed).lower().count("<a ") > source.count("<a href")
