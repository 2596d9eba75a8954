"""What can be written for a channel? The parts of each kind of message, in the order in which the wizard asks for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.messages.mail.parts import MailFormat, format_of
from domain.triggers import catalogue
from domain.triggers.contract import Action
from integrations.contract import Mode, Takes


@dataclass(frozen=True)
class MessagePart:
    """One piece of a message that a marketer writes. Its key is one of `domain.messages.message.PLACES`."""

    key: str
    label: str
    hint: str = ""
    rows: int = 0
    """Lines of the text area; 0: a single line."""


SUBJECT = MessagePart("subject", "Subject")
PREHEADER = MessagePart("preheader", "Preheader", "The line that inboxes show after the subject.")
TEXT = MessagePart(
    "text", "Message", "Plain text. With no HTML below, a mail is laid out around it, with your address and an unsubscribe link.", 9
)
HTML = MessagePart("html", "HTML of your own", "For designers. With no message above, the plain text is made from it.", 12)
SMS = MessagePart("text", "Message", "", 4)
PAYLOAD = MessagePart("payload", "Payload", "JSON. Variables stand inside quotes; a variable alone in its quotes keeps its type.", 14)
RAW = MessagePart("payload", "Payload", "Any text. Values are put in as they are: nothing is escaped. For JSON, take Custom JSON.", 14)
CONTENT_TYPE = MessagePart("content_type", "Content type", "What the receiver is told it is. Empty: text/plain; charset=utf-8.")

_NOTHING: Mapping[str, str] = {}
PARTS: dict[str, tuple[MessagePart, ...]] = {
    "email": (SUBJECT, PREHEADER, TEXT, HTML),
    "sms": (SMS,),
    "webhook": (PAYLOAD,),
}


def kind(mode: Mode) -> str:
    """Which editor a mode gets: `email`, `sms`, `webhook`; `platform` for field maps."""
    if mode.takes is Takes.PAYLOAD:
        return "webhook"
    if mode.takes is Takes.DATA:
        return "platform"
    if mode.channel in PARTS:
        return mode.channel
    return "sms" if mode.identify_by == "phone" else "email"


def parts(mode: Mode, written: Mapping[str, str] = _NOTHING) -> tuple[MessagePart, ...]:
    """The parts a marketer writes for this mode, where `written` has been chosen already. A mail in the editor has its own page."""
    if kind(mode) == "email" and format_of(written) is not MailFormat.RAW:
        return (SUBJECT, PREHEADER)
    if kind(mode) == "webhook":
        return {"default": (), "raw": (CONTENT_TYPE, RAW)}.get(written.get("payload_kind", ""), (PAYLOAD,))
    return PARTS.get(kind(mode), ())


def every_part(kind: str) -> tuple[MessagePart, ...]:
    """All parts that may be written for this kind, whatever has been chosen so far."""
    return (CONTENT_TYPE, PAYLOAD) if kind == "webhook" else PARTS.get(kind, ())


def starter(kind: str, action: Action | None) -> dict[str, str]:
    """First words for a new channel, so that nobody begins before an empty page."""
    if kind == "webhook":
        return {"payload_kind": "default"}
    return dict((action or catalogue.actions()[PLAIN]).starters.get(kind, {}))


PLAIN = "message"
"""The action whose words a channel begins with where none is chosen yet."""
