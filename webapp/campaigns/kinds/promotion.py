"""The page of a set of promotions: its tiers in their order."""

from typing import Any

from flask import Response, url_for

from domain.incentives.campaigns.sentence import days
from domain.incentives.discount import in_words
from domain.incentives.promotions import tiers
from domain.incentives.rules.limit import segment_of
from domain.tables.customers import Segment
from domain.tables.incentives import Campaign
from webapp.campaigns.own_pages import OwnPages
from webapp.database import db
from webapp.formatting import zone
from webapp.pages import show


def _detail(campaign: Campaign, head: dict[str, Any]) -> Response:
    rows = tiers.of_campaign(db.session(), campaign.id)
    segments = {t.id: db.session.get(Segment, segment_of(db.session(), t)) for t in rows if t.rule_id}
    words = {t.id: in_words(t.discount, campaign.currency) for t in rows}
    when = {t.id: days(t.starts_at, t.ends_at, zone()) for t in rows}
    return show("campaigns/promotion.html", "tiers", tiers=rows, segments=segments, words=words, when=when, **head)


PAGES = OwnPages(
    detail=_detail,
    cells=lambda campaign: len(tiers.of_campaign(db.session(), campaign.id)),
    after_making=lambda campaign: url_for("campaigns.new_tier", id=campaign.id),
)
