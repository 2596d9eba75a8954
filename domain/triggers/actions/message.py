"""Words only, no incentive."""

from domain.triggers.contract import Action, Called, Choices
from integrations.contract import Takes

TEXT = """Hello {{ customer.first_name | default: 'there' }},



See you soon,
{{ brand.name }}"""


def phrase(chosen: Choices, called: Called) -> str:
    """`a message`."""
    return "a message"


def rail(chosen: Choices, called: Called) -> str:
    """Its label."""
    return ACTION.label


ACTION = Action(
    key="message",
    label="Send a plain message",
    about="Words only, no incentive",
    icon="message-square",
    place=30,
    takes=frozenset({Takes.TEXT, Takes.PAYLOAD}),
    phrase=phrase,
    rail=rail,
    payload_type="message.sent",
    starters={
        "email": {"subject": "News from {{ brand.name }}", "text": TEXT},
        "sms": {"text": "Hi {{ customer.first_name | default: 'there' }}, "},
    },
)
