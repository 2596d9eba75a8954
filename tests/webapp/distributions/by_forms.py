"""How do tests fill in a draft? By the forms that a browser sends, with and without htmx."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec
from domain.kernel.base import Prefix, outside
from domain.tables.distributions import Distribution
from tests.scenes import Scene
from tests.webapp.conftest import Browser


def url(row: Distribution, rest: str = "") -> str:
    return f"/distributions/{outside(Prefix.DISTRIBUTION, row.id)}" + (f"/{rest}" if rest else "")


def only(session: Session) -> Distribution:
    return session.scalars(select(Distribution)).one()


def send(browser: Browser, session: Session, row: Distribution, step: str, do: str, htmx: bool = False, **fields: Any) -> TestResponse:
    """Send a step as its form does."""
    session.refresh(row)
    data = {"name": row.name, "row_version": row.row_version, "do": do, **fields}
    if htmx:
        return browser.htmx(url(row, step), data)
    return browser.post(url(row, step), data=data)


def with_channel(browser: Browser, scene: Scene, session: Session, mode: str) -> Distribution:
    """A draft that gives one code of a campaign to a segment of one; its only channel was just added: the sandbox, in this mode."""
    segment, campaign = scene.segment("Regulars", scene.dina), scene.campaign("Autumn 15 %")
    row = scene.draft(scene.codes_to_segment(segment_id=segment.id, campaign_id=campaign.id, channels=()))
    session.commit()
    send(browser, session, row, "channels", f"add:{outside(Prefix.CONNECTION, scene.sandbox.id)}:{mode}")
    return row


def stored(session: Session, row: Distribution) -> ChannelSpec:
    """The first channel as it stands in the draft now."""
    session.refresh(row)
    return draft.working(row).channels[0]
