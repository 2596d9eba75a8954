"""How does Home say what the domain found? The sentence on top, one action for each notice, icons and lines of the agenda."""

import datetime
import uuid
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from domain.distributions.audience import left_out
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import names as naming
from domain.distributions.plan import sentence as sentence_of
from domain.insight.home.agenda import Agenda, RunningNow
from domain.insight.home.first_steps import FirstStep
from domain.insight.home.low_pools import Low
from domain.insight.home.week import WeekDay
from domain.kernel.base import Prefix, inside
from domain.tables.distributions import Distribution
from domain.tables.journal import Audit, Job, Notice
from webapp import formatting
from webapp.audit.presenters import did
from webapp.distributions.presenters import brief, via
from webapp.links import PAGES, page_of

__all__ = ["brief", "did", "via"]
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
REMEDIES = {
    "no_codes": "Add codes",
    "connection": "Fix the connection",
    "late": "Look and confirm",
    "letters": "Look at the project",
    "broken_work": "Look at what broke",
}
PLACES = {"letters": "project.index", "broken_work": "broken_work.index"}
"""Kinds of notices that are not about one thing -> their page."""
LATELY = {
    "launch distribution": "send", "pause distribution": "circle-pause", "resume distribution": "play", "campaign": "tickets",
    "codes": "ticket", "segment": "filter", "customers": "file-down", "import": "file-down", "connection": "plug", "on": "tickets",
    "off": "tickets",
}  # fmt: skip
"""A command, or its last word -> an icon."""
JOBS = {
    "import_customers": ("customers.index", "customers"),
    "generate_codes": ("campaigns.index", "codes"),
    "import_codes": ("campaigns.index", "codes"),
    "import_used_codes": ("campaigns.index", "codes"),
    "sync_segment": ("segments.index", "customers"),
}
"""Kind of a job -> the place it belongs to, and what it counts."""


@dataclass(frozen=True)
class FirstAction:
    """The button of a step of the first five minutes; `posts`: a POST begins it, rather than a page."""

    label: str
    endpoint: str
    icon: str
    posts: bool = False

    @property
    def href(self) -> str:
        """Where it leads."""
        return url_for(self.endpoint)


FIRST_ACTIONS = {
    "connection": FirstAction("Add a connection", "connections.choose", "plug"),
    "customers": FirstAction("Import customers", "customers.import_history", "users"),
    "segment": FirstAction("Make a segment", "segments.new", "filter"),
    "campaign": FirstAction("Make a campaign", "campaigns.new", "tickets"),
    "distribution": FirstAction("New distribution", "distributions.create", "send", posts=True),
}
"""By key of the step."""


def first_action(step: FirstStep) -> FirstAction:
    """What begins this step."""
    return FIRST_ACTIONS[step.key]


@dataclass(frozen=True)
class Offer:
    """A draft that lies ready: what it does in a sentence, and how many get it."""

    row: Distribution
    live: bool
    sentence: str
    people: int | None

    @property
    def href(self) -> str:
        """Its last step."""
        return url_for("distributions.step", id=self.row.id, step="summary")


def offers(session: Session, rows: list[Distribution]) -> list[Offer]:
    """What lies ready, told."""
    told = []
    for row in rows:
        spec = Spec.shown(row.spec)
        counted = left_out.count(session, spec)
        words = sentence_of.plain(sentence_of.phrases(spec, naming.of(session, [spec])))
        told.append(Offer(row, spec.live, words, counted.reached if counted else None))
    return told


def spelled(count: int) -> str:
    """`three`, `12`."""
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def sentence(going: Agenda) -> str:
    """What goes on, in one sentence."""
    sending, following, live, held = (going.totals.get(s, 0) for s in ("sending", "scheduled", "live", "paused"))
    if sending and following:
        text = (
            f"{spelled(sending)} {'is' if sending == 1 else 'are'} sending, {spelled(following)} {'is' if following == 1 else 'are'} next"
        )
    elif sending:
        text = f"{spelled(sending)} {'is' if sending == 1 else 'are'} sending"
    elif following:
        text = f"Nothing is sending, {spelled(following)} {'is' if following == 1 else 'are'} next"
    elif live:
        text = f"{spelled(live)} {'waits' if live == 1 else 'wait'} for events"
    elif held:
        text = f"{spelled(held)} {'is' if held == 1 else 'are'} held up"
    else:
        text = "Nothing goes out at the moment"
    return text[0].upper() + text[1:]


def _are(count: int) -> str:
    return f"{spelled(count)} {'is' if count == 1 else 'are'}"


def needs_you(count: int) -> str:
    """`Two things need you.`"""
    if not count:
        return "Nothing needs you."
    return f"{spelled(count).capitalize()} {'thing needs' if count == 1 else 'things need'} you."


def remedy(notice: Notice) -> tuple[str, str]:
    """The one action of a notice: its words and its address; empty where there is nowhere to go."""
    where = place(notice.kind, notice.subject)
    return (REMEDIES.get(notice.kind, "Look at it"), where) if where else ("", "")


def place(kind: str, subject: str) -> str:
    """The page of what a notice is about; empty where there is none."""
    if kind in PLACES:
        return url_for(PLACES[kind])
    prefix = next((one for one in PAGES if inside(one, subject)), None)
    id = inside(prefix, subject) if prefix else None
    return page_of(prefix, id) if prefix and id else ""


def address(going: RunningNow) -> str:
    """The page of a distribution."""
    return page_of(Prefix.DISTRIBUTION, going.row.id)


def campaign(low: Low) -> str:
    """The page of a campaign."""
    return page_of(Prefix.CAMPAIGN, low.campaign_id)


def distribution_page(id: uuid.UUID) -> str:
    """The page of the distribution with this id."""
    return page_of(Prefix.DISTRIBUTION, id)


def campaign_page(id: uuid.UUID) -> str:
    """The page of the campaign with this id."""
    return page_of(Prefix.CAMPAIGN, id)


def beyond(going: Agenda, week: list[WeekDay]) -> list[RunningNow]:
    """What is scheduled and stands on none of these days: held, waiting for a sync, or due later."""
    shown = {line.id for day in week for line in day.lines}
    last = week[-1].date
    return [
        one
        for one in going.next
        if one.row.id not in shown
        and (one.row.held_seconds is not None or one.row.due_at is None or one.row.due_at.astimezone(formatting.zone()).date() > last)
    ]


def short_time(moment: datetime.datetime) -> str:
    """The time of today, the day of another: `12:01`, `4 Nov`."""
    local = moment.astimezone(formatting.zone())
    return f"{local:%H:%M}" if local.date() == formatting.now().date() else f"{local.day} {local:%b}"


def lately_icon(entry: Audit) -> str:
    """What stands before a line of what was done."""
    return LATELY.get(entry.command) or LATELY.get(entry.command.split()[-1], "pencil")


def pausing(going: RunningNow) -> str:
    """Where pausing is posted to."""
    return url_for("distributions.pause_it", id=going.row.id)


def left(seconds: int) -> str:
    """`9 min left`."""
    return f"{formatting.distance(seconds).removeprefix('in ')} left" if seconds >= 60 else "less than a minute left"


def dry(low: Low) -> str:
    """`dry on Tue 24 Nov`, `dry in 3 weeks`; empty where the pace says nothing."""
    if low.ends is None:
        return ""
    local = low.ends.astimezone(formatting.zone())
    days = (local.date() - formatting.now().date()).days
    if days <= 0:
        return "dry today"
    return f"dry on {local:%a} {local.day} {local:%b}" if days < 14 else f"dry in {days // 7} weeks"


def day_word(moment: datetime.datetime) -> str:
    """Under a time of today how long it is; under another the day."""
    local, today = moment.astimezone(formatting.zone()), formatting.now()
    days = (local.date() - today.date()).days
    if moment <= today:
        return "any moment"
    if days == 0:
        return formatting.distance((moment - today).total_seconds())
    return "tomorrow" if days == 1 else f"{local:%a} {local.day} {local:%b}"


def job_place(job: Job) -> tuple[str, str]:
    """Where a job belongs, and what it counts."""
    endpoint, counts = JOBS.get(job.kind, ("", ""))
    return url_for(endpoint) if endpoint else "", counts
