"""What can be written for a channel? The parts of each kind of message, in the order in which the wizard asks for them."""

from dataclasses import dataclass

from integrations.contract import Mode, Takes


@dataclass(frozen=True)
class Part:
    """One piece of a message that a marketer writes. Its key is one of `domain.messages.message.PLACES`."""

    key: str
    label: str
    hint: str = ""
    rows: int = 0
    """Lines of the text area; 0: a single line."""


SUBJECT = Part("subject", "Subject")
PREHEADER = Part("preheader", "Preheader", "The line that inboxes show after the subject.")
HTML = Part("html", "Message", "HTML. Left empty, it is made from the plain text.", 12)
TEXT = Part("text", "Plain text", "For readers without HTML. Left empty, it is made from the message.", 6)
SMS = Part("text", "Message", "", 4)
PAYLOAD = Part("payload", "Payload", "JSON. Variables stand inside quotes; a variable alone in its quotes keeps its type.", 12)

PARTS: dict[str, tuple[Part, ...]] = {
    "email": (SUBJECT, PREHEADER, HTML, TEXT),
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


def parts(mode: Mode) -> tuple[Part, ...]:
    """The parts a marketer writes for this mode."""
    return PARTS.get(kind(mode), ())


STARTERS: dict[str, dict[str, dict[str, str]]] = {
    "email": {
        "codes": {
            "subject": "{{ customer.first_name | default: 'Hello' }}, something for you",
            "html": (
                "<p>Hello {{ customer.first_name | default: 'there' }},</p>\n<p>here is your code for {{ voucher.discount }}:</p>\n"
                '<p><b style="font-size:24px">{{ voucher.code }}</b></p>\n<p>See you soon,<br>{{ brand.name }}</p>\n'
                '<p><small>{{ brand.address }} · <a href="{{ links.unsubscribe }}">Unsubscribe</a></small></p>'
            ),
        },
        "": {
            "subject": "News from {{ brand.name }}",
            "html": (
                "<p>Hello {{ customer.first_name | default: 'there' }},</p>\n<p></p>\n<p>See you soon,<br>{{ brand.name }}</p>\n"
                '<p><small>{{ brand.address }} · <a href="{{ links.unsubscribe }}">Unsubscribe</a></small></p>'
            ),
        },
    },
    "sms": {
        "codes": {
            "text": "Hi {{ customer.first_name | default: 'there' }}, {{ voucher.discount }} with {{ voucher.code }}. {{ brand.name }}"
        },
        "": {"text": "Hi {{ customer.first_name | default: 'there' }}, "},
    },
}
