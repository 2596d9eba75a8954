"""What is this campaign, in a sentence? And what state is it in?"""

import datetime
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.kernel import clock
from domain.tables import workspace
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign


@dataclass(frozen=True)
class CampaignState:
    """A word, and how the mark beside it looks: going, next, warn, bad or draft."""

    words: str
    kind: str


def state(session: Session, campaign: Campaign) -> CampaignState:
    """On, off, over, or not begun."""
    now = clock.now(session)
    states = (
        (campaign_kind(campaign.kind).missing, "Unknown kind", "bad"),
        (not campaign.active, "Off", "draft"),
        (campaign.ends_at is not None and campaign.ends_at <= now, "Ended", ""),
        (campaign.generation == "running", "Making codes", "next"),
        (campaign.generation == "failed", "Codes failed", "bad"),
        (campaign.starts_at is not None and campaign.starts_at > now, "Not begun", "next"),
        (True, "On", "going"),
    )
    return next(CampaignState(words, kind) for holds, words, kind in states if holds)


def about(session: Session, campaign: Campaign) -> str:
    """`15 % off for members of VIP, one code per customer, from 1 to 31 December 2026.`"""
    zone = ZoneInfo(workspace.current_project(session).zone or "UTC")
    first, *terms = campaign_kind(campaign.kind).phrases(campaign)
    segment = session.get(Segment, campaign.segment_id) if campaign.segment_id else None
    parts = [f"{first} for members of {segment.name}" if segment else first, *terms]
    when = days(campaign.starts_at, campaign.ends_at, zone)
    said = ", ".join([*parts, *([when] if when else [])])
    return f"{said[:1].upper()}{said[1:]}."


def days(starts_at: datetime.datetime | None, ends_at: datetime.datetime | None, zone: ZoneInfo) -> str:
    """`from 1 Dec 2026`, `until 31 Dec 2026`, both, or nothing. The last day is the one before the end."""
    first = starts_at.astimezone(zone).date() if starts_at else None
    last = (ends_at - datetime.timedelta(seconds=1)).astimezone(zone).date() if ends_at else None
    said = [f"from {_day(first)}" if first else "", f"until {_day(last)}" if last else ""]
    return " ".join(filter(None, said))


def _day(day: datetime.date) -> str:
    return f"{day.day} {day:%b %Y}"
