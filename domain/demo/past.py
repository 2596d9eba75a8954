"""What has happened in the bakery? Three months of mails, what became of them, and codes that were used; the same everywhere.

The mails went through a SendGrid account that is closed, so that nothing here can reach anybody.
"""

import datetime
import secrets

from sqlalchemy.orm import Session

from domain.demo.customers import DemoCustomers, id_of
from domain.demo.fates import History
from domain.demo.record_past import PastDistribution, record
from domain.demo.sends import SENDS, PastCampaign, PastSend
from domain.distributions.draft.spec import ChannelSpec, Spec
from domain.distributions.plan import names, sentence
from domain.distributions.plan.make_plan import as_plan
from domain.distributions.plan.plan import Channel
from domain.incentives.codes.pattern import UNAMBIGUOUS
from domain.kernel.actor import SYSTEM
from domain.kernel.base import Prefix, folded, outside
from domain.tables import workspace
from domain.tables.connections import Connection
from domain.tables.customers import Permission, Segment
from domain.tables.distributions import Distribution, Version
from domain.tables.incentives import Campaign
from domain.tables.journal import Audit

CLOSED = "SendGrid (closed)"


def happened(session: Session, crowd: DemoCustomers, permission: Permission, segments: dict[str, Segment]) -> None:
    """Write all of it, with counters that agree with the rows."""
    history = History(crowd, permission.id)
    fates = history.fates()
    connection = _connection(session, crowd)
    told = []
    for send in SENDS:
        campaign = _campaign(session, crowd, send.campaign, history.began(send)) if send.campaign else None
        row = _distribution(session, history, send, segments[send.segment], campaign, connection, permission)
        spare = send.campaign.spare if send.campaign else 0
        told.append(PastDistribution(row, segments[send.segment].id, campaign, spare, [fate for fate in fates if fate.send is send]))
    record(session, crowd, told, connection, permission)


def _connection(session: Session, crowd: DemoCustomers) -> Connection:
    opened = crowd.now - datetime.timedelta(days=110)
    made = Connection(
        name=CLOSED, name_key=folded(CLOSED), provider="sendgrid", receipt_word=secrets.token_urlsafe(24), health="working",
        created_at=opened, updated_at=crowd.now, updated_by=SYSTEM.name, archived_at=crowd.now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _campaign(session: Session, crowd: DemoCustomers, of: PastCampaign, began: datetime.datetime) -> Campaign:
    at = began - datetime.timedelta(days=1, hours=2)
    made = Campaign(
        id=id_of(at, crowd.dice), name=of.name, name_key=folded(of.name), description=of.description, discount=of.discount, currency="GBP",
        ends_at=crowd.now - datetime.timedelta(days=of.ended) if of.ended else None, pattern=of.pattern, charset=UNAMBIGUOUS,
        created_at=at, updated_at=at, updated_by=SYSTEM.name,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _said(session, crowd, at, "create campaign", outside(Prefix.CAMPAIGN, made.id), made.name)
    return made


def _distribution(
    session: Session, history: History, send: PastSend, segment: Segment, campaign: Campaign | None, by: Connection, permission: Permission
) -> Distribution:
    crowd, began, over = history.crowd, history.began(send), history.ended(send)
    sender = workspace.senders_of_project(session)[0]
    parts = {"subject": send.subject, "text": send.words, "from_name": sender.name, "from_email": sender.email}
    spec = Spec(
        trigger="segment_entered" if send.live else "manual", audience="" if send.live else "segment", segment_id=segment.id,
        action="codes" if campaign else "message", campaign_id=campaign.id if campaign else None,
        channels=(ChannelSpec("c1", by.id, "mail", parts, permission.id),),
    )  # fmt: skip
    plan = as_plan(spec, [Channel("c1", by.id, "mail", parts, permission.id)], segment.revision)
    row = Distribution(
        id=id_of(began, crowd.dice), name=send.name, name_key=folded(send.name), status="ended" if send.live else "done",
        trigger=spec.trigger, live=send.live, spec=spec.as_json(), version=1, due_at=None if send.live else began,
        run=None if send.live else id_of(began, crowd.dice), started_at=began, fanned_out_at=began,
        ended_at=over if send.live else began + datetime.timedelta(minutes=3), created_at=began - datetime.timedelta(hours=1),
        created_by=SYSTEM.name, updated_at=over, updated_by=SYSTEM.name,
    )  # fmt: skip
    session.add(row)
    session.flush()
    words = sentence.plain(sentence.phrases(plan, names.of(session, [plan])))
    session.add(Version(distribution_id=row.id, version=1, plan=plan.as_json(), sentence=words, created_at=began, created_by=SYSTEM.name))
    where = outside(Prefix.DISTRIBUTION, row.id)
    _said(session, crowd, began, "launch distribution", where, row.name, {"version": 1})
    if send.live:
        _said(session, crowd, over, "end distribution", where, row.name)
    return row


def _said(
    session: Session,
    crowd: DemoCustomers,
    at: datetime.datetime,
    command: str,
    subject: str,
    name: str,
    after: dict[str, int] | None = None,
) -> None:
    session.add(
        Audit(
            id=id_of(at, crowd.dice), created_at=at, actor=SYSTEM.id, actor_name=SYSTEM.name, command=command, subject=subject,
            subject_name=name, after=after,
        )
    )  # fmt: skip
