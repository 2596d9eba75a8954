"""The editor as it is drawn: the mail, the chosen block with its form, what is to be put right, and the person it is shown for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import check_channels
from domain.distributions.preview import preview
from domain.distributions.preview.preview import Preview
from domain.messages.blocks.catalogue import block_kinds
from domain.messages.blocks.contract import BlockKind
from domain.messages.liquid.places import TemplateError
from domain.messages.mail.conditions import TESTS
from domain.messages.mail.gallery import DRAWINGS
from domain.messages.mail.parts import HEAVY, LABELS, LOST, MailFinding, MailFormat, format_of
from domain.messages.mail.style import CORNERS, FONTS, SIZES, WIDTHS
from domain.messages.mail.tree import Block, Mail, read
from domain.messages.trial import limited
from domain.messages.variables import Variable
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from domain.tables.stored_json import Unreadable
from webapp.distributions.wizard.state import stand_in

VIEWS = ("desktop", "phone", "text")


@dataclass(frozen=True)
class MailEditorView:
    """One mail in the editor, ready to be drawn."""

    row: Distribution
    spec: Spec
    channel: ChannelSpec
    customer: Customer | None
    allowed: tuple[Variable, ...]
    preview: Preview
    findings: tuple[MailFinding, ...]
    broken: str
    """Why nothing can be made of it; empty where something can."""
    mail: Mail
    chosen: str
    wrong: Mapping[str, str] = field(default_factory=dict)
    conflict: str = ""

    @property
    def mail_format(self) -> MailFormat:
        """How it is written."""
        return format_of(self.channel.parts)

    @property
    def block(self) -> Block | None:
        """The chosen block."""
        return self.mail.block(self.chosen)

    @property
    def bad(self) -> list[MailFinding]:
        """What must be put right before it can be sent."""
        return [one for one in self.findings if not one.hint]

    @property
    def size(self) -> int:
        """Bytes of its HTML for this person."""
        return len(self.preview.parts.get("html", "").encode())

    @property
    def share(self) -> int:
        """Of 100, how much of what Gmail shows is used."""
        return min(100, self.size * 100 // HEAVY)

    def findings_of(self, block: str, name: str = "") -> list[MailFinding]:
        """The findings of a block, or of one of its fields."""
        return [one for one in self.findings if one.block == block and (not name or one.field == name)]

    @property
    def palette(self) -> list[tuple[BlockKind, str]]:
        """The blocks that can be added, each with why it cannot be now."""
        there = {one.kind for one in self.mail.blocks}
        codes = any(one.path.startswith("voucher.") for one in self.allowed)
        return [
            (kind, "Is in already; a mail has one." if kind.edge and kind.key in there else "")
            for kind in block_kinds().values()
            if not kind.needs or codes
        ]


def editor(session: Session, row: Distribution, spec: Spec, channel: ChannelSpec, chosen: str, **more: Any) -> MailEditorView:
    """The editor of this channel's mail."""
    customer = stand_in(session, spec)
    allowed = check_channels.known(session, spec)
    found: tuple[MailFinding, ...] = ()
    broken = ""
    try:
        _, found = limited.made(channel.parts, allowed)
        mail = read(channel.parts.get("blocks") or "{}") if format_of(channel.parts) is MailFormat.BLOCKS else Mail()
    except (TemplateError, Unreadable) as wrong:
        broken, mail = str(wrong), Mail()
    typed = _envelope(channel, allowed)
    shown = preview.of(session, spec, channel, customer, row.id)
    return MailEditorView(row, spec, channel, customer, allowed, shown, (*typed, *found), broken, mail, chosen, **more)


def _envelope(channel: ChannelSpec, allowed: tuple[Variable, ...]) -> tuple[MailFinding, ...]:
    """What is wrong with subject and preheader, which belong to the channel."""
    if not channel.parts.get("subject", "").strip():
        return (MailFinding("", "subject", "Write a subject: mails without one look like spam."),)
    return tuple(
        MailFinding("", name, text)
        for name in ("subject", "preheader")
        for text in check_channels.words(channel.parts.get(name, ""), name, allowed, channel.parts)
    )


def in_format(channel: ChannelSpec, chosen: str) -> ChannelSpec:
    """The channel with its mail written in another format. Raises TemplateError."""
    return replace(channel, parts=limited.changed(channel.parts, MailFormat(chosen).value))


def values(session: Session, seen: MailEditorView) -> dict[str, Any]:
    """What the template needs."""
    view = request.values.get("view", "desktop")
    return {
        "seen": seen,
        "row": seen.row,
        "view": view if view in VIEWS else "desktop",
        "dark": request.values.get("dark") == "1",
        "formats": [(one, *LABELS[one], LOST.get((seen.mail_format, one), "")) for one in MailFormat],
        "drawings": [one for one in DRAWINGS if not one.needs or any(v.path.startswith(f"{one.needs}.") for v in seen.allowed)],
        "tests": TESTS,
        "fonts": FONTS,
        "sizes": SIZES,
        "widths": WIDTHS,
        "corners": CORNERS,
        "tab": _tab(seen),
    }


STAYS = frozenset({"", "save", "put", "restyle", "way", "begin"})
"""Verbs of buttons that leave the side as it is; all others are about the chosen block."""


def _tab(seen: MailEditorView) -> str:
    """What the side shows: the chosen block, the whole mail, or what is to be put right."""
    verb = request.form.get("do", "").partition(":")[0]
    if verb in STAYS and (kept := request.values.get("tab", "")) in {"mail", "fix"}:
        return kept
    return "block" if seen.block is not None else "mail"
