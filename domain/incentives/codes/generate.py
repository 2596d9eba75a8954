"""How are a million codes made? In the background, a batch a transaction; the unique index keeps them apart."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.incentives.codes import pattern
from domain.incentives.codes.draw import UsedUp, make
from domain.incentives.codes.forecast import settled
from domain.incentives.codes.pattern import MOST_CODES
from domain.incentives.codes.pool import held
from domain.journal import audit
from domain.journal.jobs import JobError, start
from domain.kernel.actor import Actor
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign
from domain.tables.journal import Job

A_STEP = 40_000
"""Codes made in one transaction: about a second."""


def ask(session: Session, actor: Actor, campaign: Campaign, count: int) -> Job:
    """Ask for `count` more codes; the job that makes them. Raises Refused where there is no room for them."""
    session.flush()
    session.refresh(campaign, with_for_update={"key_share": True})
    if not campaign.pattern:
        raise Refused({"count": "The codes of this campaign are imported; it has no pattern to make more from."})
    if not 1 <= count <= MOST_CODES:
        raise Refused({"count": f"Ask for 1 to {MOST_CODES:,} codes at once."})
    for _, words in pattern.problems(campaign.pattern, campaign.charset, held(session, campaign.id) + waiting(session, campaign) + count):
        raise Refused({"count": words})
    campaign.generation, campaign.wanted, campaign.generation_error = "running", campaign.wanted + count, ""
    audit.record(session, actor, "add codes", outside(Prefix.CAMPAIGN, campaign.id), campaign.name, after={"codes": count})
    return start(session, "generate_codes", f"Codes of {campaign.name}", campaign.id, total=count, asked_by=actor.name)


def waiting(session: Session, campaign: Campaign) -> int:
    """How many codes were asked for and are not made yet."""
    return sum(job.total - job.done for job in open_jobs(session, campaign))


def open_jobs(session: Session, campaign: Campaign) -> list[Job]:
    """The jobs that make codes of this campaign, oldest first."""
    mine = Job.subject_id == campaign.id, Job.kind == "generate_codes", Job.state.in_(("queued", "running"))
    return list(session.scalars(select(Job).where(*mine).order_by(Job.id)))


def step(session: Session, job: Job) -> bool:
    """Make the next batch of a job of kind `generate_codes`."""
    campaign = session.get(Campaign, job.subject_id, populate_existing=True)
    if campaign is None:
        raise JobError("The campaign was deleted.")
    batch = min(A_STEP, job.total - job.done)
    if batch > 0:
        try:
            make(session, campaign.id, campaign.pattern, campaign.charset, batch)
        except UsedUp as why:
            campaign.generation, campaign.generation_error = "failed", str(why)
            raise JobError(str(why)) from why
        settled(session, campaign)
    job.done += batch
    if job.done < job.total:
        return False
    if all(other.id == job.id for other in open_jobs(session, campaign)):
        campaign.generation, campaign.wanted = "done", 0
    return True
