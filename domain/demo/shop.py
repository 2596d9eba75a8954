"""What does the bakery have? Its name and addresses, a connection that reaches nobody, permissions, segments and campaigns."""

import datetime

from sqlalchemy.orm import Session

import settings
from domain.conditions import Condition
from domain.connections import edit as connection
from domain.customers.consents import permissions as consents
from domain.customers.segments import create as segment
from domain.incentives.campaigns import create as campaign
from domain.incentives.campaigns.draft import Draft
from domain.incentives.codes.pattern import UNAMBIGUOUS
from domain.incentives.promotions import tiers
from domain.incentives.promotions.draft import TierDraft
from domain.kernel import clock
from domain.kernel.actor import SYSTEM
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.customers import Permission, Segment
from domain.tables.incentives import Campaign
from domain.workspace.project import senders

WORDING = "Yes, Maple & Rye may send me offers and news. I can say no at any time, with one click."
CLUB = "Yes, tell me about my Rye Club: points, birthdays and treats."
SEGMENTS: dict[str, Condition] = {
    "Has ordered": {"all": [{"fact": "metadata.orders", "is": "more_than_equal", "value": 1}]},
    "Lapsed regulars": {
        "all": [
            {"fact": "metadata.orders", "is": "more_than_equal", "value": 3},
            {"fact": "metadata.last_order", "is": "more_than_ago", "value": 60},
        ]
    },
    "New members": {"all": [{"fact": "customer.created_at", "is": "less_than_ago", "value": 30}]},
    "Bristol regulars": {
        "all": [
            {"fact": "customer.city", "is": "is", "value": "Bristol"},
            {"fact": "metadata.orders", "is": "more_than_equal", "value": 2},
        ]
    },
    "Silver and gold": {"all": [{"fact": "metadata.tier", "is": "in", "value": ["Silver", "Gold"]}]},
}


def open_doors(session: Session) -> Connection:
    """Name the project, and connect the sandbox."""
    project = workspace.current_project(session)
    project.brand = "Maple & Rye"
    project.postal_address = "4 Corn Street, Bristol BS1 1JQ"
    project.zone, project.currency, project.dial_code = "Europe/London", "GBP", "GB"
    project.shop_link = "https://shop.maple-rye.example/?code={{ voucher.code }}"
    project.public_url = f"http://127.0.0.1:{settings.current().port}"
    project.send_delay_minutes = 1  # a newcomer should not wait for ten
    project.updated_at, project.updated_by = clock.now(session), SYSTEM.name
    senders.make_default(session, SYSTEM, senders.add(session, SYSTEM, "Maple & Rye", "hello@maple-rye.example"))
    made, _ = connection.create(session, SYSTEM, "sandbox", "Sandbox", {})
    return made


def permissions(session: Session) -> list[Permission]:
    """What its customers can allow; the first one is the project's default."""
    return [
        consents.create(session, SYSTEM, consents.PermissionInput("Offers and news", "Offers, codes and news", ["email", "sms"], WORDING)),
        consents.create(session, SYSTEM, consents.PermissionInput("Rye Club", "Messages about one's own club membership", ["email"], CLUB)),
    ]


def segments(session: Session) -> dict[str, Segment]:
    """Its segments by name; the workers look for their members."""
    return {name: segment.dynamic(session, SYSTEM, name, condition) for name, condition in SEGMENTS.items()}


def campaigns(session: Session, of: dict[str, Segment]) -> dict[str, Campaign]:
    """Its campaigns by name; the workers make their codes."""
    now = clock.now(session)
    season = now + datetime.timedelta(days=60)
    wanted = (
        Draft("Autumn 15 %", {"type": "percent", "percent": 15}, "GBP", "Off a whole order, in any shop.", ends_at=season,
              pattern="RYE-####-####", charset=UNAMBIGUOUS, count=1_500),
        Draft("Welcome treat", {"type": "amount", "minor": 500}, "GBP", "Off the first order of a new member.", valid_days=30,
              pattern="WEL-####-####", charset=UNAMBIGUOUS, count=300, auto_update=True),
        Draft("Bristol loaf", {"type": "unit", "units": 1, "of": "loaf"}, "GBP", "A loaf on the house, for regulars in Bristol.",
              ends_at=season, pattern="LOAF-########", charset=UNAMBIGUOUS, count=400, segment_id=of["Bristol regulars"].id),
    )  # fmt: skip
    made = {draft.name: campaign.create(session, SYSTEM, draft) for draft in wanted}
    winter = campaign.create(session, SYSTEM, Draft("Winter promotions", None, "GBP", kind="promotion"))
    early = TierDraft(
        "Stollen early bird", "Order your stollen before Advent and save a fifth.", {"type": "percent", "percent": 20}, ends_at=season
    )
    tiers.add(session, SYSTEM, winter, early)
    return made | {winter.name: winter}
