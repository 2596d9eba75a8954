"""What does the address name? A campaign, one of its codes, promotions or lists; 404 for what is not there."""

import uuid

from flask import abort

from domain.incentives.campaigns.kinds.catalogue import campaign_kind, campaign_kinds
from domain.incentives.campaigns.kinds.contract import CampaignKind
from domain.incentives.pool_files import kept
from domain.tables.incentives import Campaign, CodeFile, Tier, Voucher
from domain.tables.journal import Job
from webapp.database import db


def campaign(id: uuid.UUID) -> Campaign:
    """The campaign."""
    one = db.session.get(Campaign, id)
    return one if one is not None else abort(404, "There is no such campaign; it may have been deleted.")


def pool_campaign(id: uuid.UUID) -> Campaign:
    """A campaign that has codes."""
    one = campaign(id)
    no_codes = campaign_kind(one.kind).no_codes
    return one if not no_codes else abort(404, f"“{one.name}” {no_codes}")


def kind_of(one: Campaign) -> CampaignKind:
    """Its kind, to change it by."""
    found = campaign_kind(one.kind)
    return found if not found.missing else abort(404, f"“{one.name}” {found.no_codes}")


def kind(key: str) -> CampaignKind:
    """The kind of campaigns with this key; the first one for none."""
    for one in campaign_kinds():
        if key in ("", one.key):
            return one
    return abort(404, "There is no such kind of campaign.")


def voucher(id: uuid.UUID, voucher_id: uuid.UUID) -> tuple[Campaign, Voucher]:
    """A code of this campaign."""
    one = db.session.get(Voucher, voucher_id)
    if one is None or one.campaign_id != id:
        abort(404, "There is no such code in this campaign.")
    return campaign(id), one


def tier(id: uuid.UUID, tier_id: uuid.UUID) -> tuple[Campaign, Tier]:
    """A promotion of this campaign."""
    one = db.session.get(Tier, tier_id)
    if one is None or one.campaign_id != id:
        abort(404, "There is no such promotion; it may have been deleted.")
    return campaign(id), one


def file(id: uuid.UUID, file_id: uuid.UUID) -> tuple[Campaign, CodeFile]:
    """A list that was read into this campaign."""
    one = db.session.get(CodeFile, file_id)
    if one is None or one.campaign_id != id:
        abort(404, "There is no such list.")
    return campaign(id), one


def export(id: uuid.UUID, job_id: uuid.UUID) -> Job:
    """The job that wrote a file of this campaign's codes that is still there."""
    job = db.session.get(Job, job_id)
    if job is None or (job.kind, job.subject_id, job.state) != (kept.KIND, id, "done") or not kept.path(job).exists():
        abort(404, "There is no such file. It lies there for a day; ask for it again.")
    return job
