"""The message carries the code just redeemed; no other one is taken."""

from domain.triggers.contract import Action, Called, Choices

TEXT = """Hello {{ customer.first_name | default: 'there' }},

this is about your code {{ voucher.code }}: {{ voucher.discount }}.

See you soon,
{{ brand.name }}"""
SMS = "Hi {{ customer.first_name | default: 'there' }}, this is about your code {{ voucher.code }}. Reply STOP to opt out"


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
    key="redeemed_code",
    label="Send a message about the code that was redeemed",
    about="The message carries the code just used; no other one is taken",
    icon="ticket-check",
    place=50,
    gives=frozenset({"code"}),
    code="event",
    closed="Only a code that was just redeemed can be written about: choose the trigger “Voucher redeemed” for that.",
    phrase=phrase,
    brief=brief,
    rail=rail,
    payload_type="code.redeemed",
    starters={"email": {"subject": "About your code of {{ campaign.name }}", "text": TEXT}, "sms": {"text": SMS}},
)
