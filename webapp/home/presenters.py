"""How does Home say what the domain found? The sentence on top, one action for each notice, icons and lines of the agenda."""

import datetime

from domain.insight.home.agenda import Agenda, RunningNow
from domain.insight.home.low_pools import Low
from domain.journal import notices
from domain.kernel.base import Prefix, outside
from domain.tables.journal import Job, Notice
from webapp import formatting
from webapp.distributions.presenters import brief, via

__all__ = ["brief", "via"]
NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
REMEDIES = {"no_codes": "Add codes", "connection": "Fix the connection", "late": "Look and confirm", "letters": "Look at the project"}
JOBS = {
    "import_customers": ("/customers", "customers"),
    "generate_codes": ("/campaigns", "codes"),
    "import_codes": ("/campaigns", "codes"),
    "import_used_codes": ("/campaigns", "codes"),
    "sync_segment": ("/segments", "customers"),
}
"""Kind of a job -> the place it belongs to, and what it counts."""


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
    where = notices.place(notice)
    return (REMEDIES.get(notice.kind, "Look at it"), where) if where else ("", "")


def address(going: RunningNow) -> str:
    """The page of a distribution."""
    return f"/distributions/{outside(Prefix.DISTRIBUTION, going.row.id)}"


def campaign(low: Low) -> str:
    """The page of a campaign."""
    return f"/campaigns/{outside(Prefix.CAMPAIGN, low.campaign_id)}"


def pausing(going: RunningNow) -> str:
    """Where pausing is posted to."""
    return f"{address(going)}/pause"


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
    return JOBS.get(job.kind, ("", ""))
