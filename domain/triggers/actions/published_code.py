"""The message carries the code just given; no other one is taken."""

from domain.triggers.contract import Action, Called, Choices

TEXT = """Hello {{ customer.first_name | default: 'there' }},

here is something for you: {{ voucher.discount }}.
Your code: {{ voucher.code }}

See you soon,
{{ brand.name }}"""
SMS = "Hi {{ customer.first_name | default: 'there' }}, your code: {{ voucher.code }}. Reply STOP to opt out"


def phrase(chosen: Choices, called: Called) -> str:
    """`a message with that code`."""
    return "a message with that code"


def brief(chosen: Choices, called: Called) -> str:
    """`a message with it`."""
    return "a message with it"


def rail(chosen: Choices, called: Called) -> str:
    """Its label."""
    return ACTION.label


ACTION = Action(
    key="published_code",
    label="Send the code that was published",
    about="The message carries the code just given; no other one is taken",
    icon="ticket",
    place=40,
    gives=frozenset({"code"}),
    code="event",
    closed="Only a published code can be sent on: choose the trigger “Code successfully published” for that.",
    phrase=phrase,
    brief=brief,
    rail=rail,
    payload_type="code.sent",
    starters={"email": {"subject": "Your code for {{ campaign.name }}", "text": TEXT}, "sms": {"text": SMS}},
)
