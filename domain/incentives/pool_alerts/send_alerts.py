"""Which pools fell below their threshold? Whoever asked for it is told once, by rows: a mail for each address, and a webhook."""

import uuid

from sqlalchemy import Row, or_, select, text
from sqlalchemy.orm import Session

from domain.incentives.codes.pool import pools
from domain.journal import outgoing_mail, outgoing_webhooks, quarantine
from domain.kernel import clock
from domain.kernel.base import Prefix, outside
from domain.tables import workspace
from domain.tables.incentives import Campaign, PoolAlert


def send_alerts(session: Session) -> int:
    """Tell of pools that fell below since they were last filled; of how many. The clock asks; several at once do no harm."""
    now = clock.now(session)
    whole = text(quarantine.whole("pool_alerts", "pool_alerts.campaign_id"))
    going = whole, Campaign.active, or_(Campaign.ends_at.is_(None), Campaign.ends_at > now), Campaign.generation != "running"
    query = select(PoolAlert, Campaign).join(Campaign, Campaign.id == PoolAlert.campaign_id).where(*going).order_by(PoolAlert.campaign_id)
    rows = session.execute(query.with_for_update(of=PoolAlert, skip_locked=True).execution_options(populate_existing=True)).all()
    left = pools(session, [campaign.id for _, campaign in rows])
    told: set[uuid.UUID] = set()

    def look(row: Row[PoolAlert, Campaign]) -> None:
        alert, campaign = row
        free = left[campaign.id].free
        if free < alert.below and alert.armed:
            _write(session, alert, campaign, free)
            alert.told_at = now
            told.add(campaign.id)
        alert.armed = free >= alert.below

    broken = quarantine.each(session, "pool_alerts", rows, look, lambda row: row[0].campaign_id)
    return len(told - {one.item[1].id for one in broken})


def _write(session: Session, alert: PoolAlert, campaign: Campaign, free: int) -> None:
    project = workspace.current_project(session)
    id = outside(Prefix.CAMPAIGN, campaign.id)
    subject = f"{project.brand or 'Largesse'}: “{campaign.name}” has {free:,} codes left"
    here = workspace.public_url(project)
    said = f"“{campaign.name}” has {free:,} codes left. You asked to be told below {alert.below:,}."
    for address in alert.addresses:
        outgoing_mail.write(session, "pool", address, subject, f"{said}\n\nAdd codes on the page of the campaign: {here}\n")
    if alert.connection_id is not None:
        data = {"campaign": {"id": id, "name": campaign.name}, "codes": {"left": free, "below": alert.below}}
        outgoing_webhooks.write(session, "pool", alert.connection_id, "campaign.pool.low", data)
