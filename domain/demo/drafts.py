"""What has somebody begun? Two distributions, left at the last step, so that a newcomer can look around in the wizard."""

from sqlalchemy.orm import Session

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.kernel.actor import SYSTEM
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign

COMING_BACK = """Hello {{ customer.first_name | default: "there" }},

it has been a while. We kept the oven warm: take {{ voucher.discount }} whatever you fancy, in any shop.

Your code: {{ voucher.code }}
Good until {{ voucher.expires | default: "further notice" }}.

See you soon,
everyone at {{ brand.name }}
"""
WELCOME = """Hello {{ customer.first_name | default: "there" }},

welcome to {{ brand.name }}! {{ voucher.discount }} your first order, with our compliments.

Your code: {{ voucher.code }}
"""


def begin(session: Session, sandbox: Connection, segments: dict[str, Segment], campaigns: dict[str, Campaign]) -> None:
    """Write both."""
    thanks = Spec(trigger="manual", audience="segment", segment_id=segments["Lapsed regulars"].id)
    _draft(session, sandbox, "Autumn thank-you", thanks, campaigns["Autumn 15 %"],
           "{{ customer.first_name | default: 'You' }}, something for coming back", COMING_BACK)  # fmt: skip
    welcome = Spec(trigger="segment_entered", segment_id=segments["New members"].id)
    _draft(session, sandbox, "Welcome, with a code", welcome, campaigns["Welcome treat"], "Welcome to {{ brand.name }}", WELCOME)


def _draft(session: Session, sandbox: Connection, name: str, spec: Spec, of: Campaign, subject: str, words: str) -> None:
    row = draft.create(session, SYSTEM)
    draft.rename(session, row.id, name, SYSTEM)
    sender = workspace.senders_of_project(session)[0]
    parts = {"subject": subject, "text": words, "from_name": sender.name, "from_email": sender.email}
    mail = ChannelSpec("c1", sandbox.id, "email", parts, workspace.current_project(session).default_permission_id)
    whole = Spec.from_json(spec.as_json() | {"action": "codes", "campaign_id": str(of.id)}).with_channel(mail)
    draft.store(session, row.id, whole, row.row_version, SYSTEM)
