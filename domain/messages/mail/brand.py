"""How do mails look that are begun here? The look and the logo of the brand, as the settings of the project store them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from domain.messages.blocks.contract import is_colour
from domain.messages.mail.style import CHOICES, COLOURS, MailStyle
from domain.messages.mail.tree import Block, Mail
from domain.tables.stored_json import typed
from integrations import outside_json


@dataclass(frozen=True, slots=True)
class MailLook:
    """What a new mail takes over. `chosen`: whether the project has said anything; else drawings keep their own colours."""

    style: MailStyle = field(default_factory=MailStyle)
    logo: str = ""
    """The address of a picture; empty: the brand's name."""
    chosen: bool = False

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"style": asdict(self.style), "logo": self.logo}

    def as_text(self) -> str:
        """As a part of a simple mail holds it."""
        return json.dumps(self.as_json(), separators=(",", ":"))


def look_of(stored: Mapping[str, Any]) -> MailLook:
    """The look that was stored; ours where nothing was, or nothing that can be read."""
    try:
        style = typed(MailStyle, stored["style"])
        fits = all(is_colour(getattr(style, name)) for name in COLOURS) and all(
            str(getattr(style, name)) in known for name, known in CHOICES.items()
        )
        return MailLook(style, str(stored.get("logo", "")), chosen=True) if fits else MailLook()
    except (AttributeError, KeyError, TypeError, ValueError):
        return MailLook()


def read(text: str) -> MailLook:
    """The look that `as_text` wrote; ours where it cannot be read."""
    try:
        stored = outside_json.read(text) if text else {}
    except (RecursionError, ValueError):
        return MailLook()
    return look_of(stored if isinstance(stored, dict) else {})


def dressed(mail: Mail, look: MailLook) -> Mail:
    """The mail in this look, with its logo in the header, where the project has chosen one."""
    if not look.chosen:
        return mail

    def with_logo(block: Block) -> Block:
        bare = block.kind == "header" and look.logo and not block.values["logo"]
        return replace(block, values={**block.values, "logo": look.logo}) if bare else block

    return replace(mail, style=look.style, blocks=tuple(with_logo(one) for one in mail.blocks))
