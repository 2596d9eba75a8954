"""How a distribution is shown: its state in a word with a mark, its channels as icons, its last result in a line."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from domain.distributions.draft.spec import Spec
from domain.distributions.overview import Numbers
from domain.distributions.plan import sentence
from domain.distributions.plan.names import DisplayNames, kind_of
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from integrations import catalogue
from webapp import formatting

PAUSED = {
    "person": ("Paused", ""),
    "no_codes": ("Out of codes", "bad"),
    "connection": ("Connection paused", "warn"),
    "late": ("Late, waits for you", "warn"),
    "plan_broken": ("Cannot be sent", "bad"),
    "ceiling": ("More than usual", "warn"),
}
MARKS = {"draft": "draft", "scheduled": "next", "sending": "going", "live": "going"}
CHANNEL_ICONS = {"email": "mail", "sms": "message-square", "webhook": "webhook", "platform": "layers"}
CHANNEL_WORDS = {"email": "Email", "sms": "SMS", "webhook": "Webhook", "platform": "Platform"}


@dataclass(frozen=True)
class StateBadge:
    """A state as `ui.state` takes it."""

    word: str
    mark: str = ""
    beat: bool = False


def state(row: Distribution) -> StateBadge:
    """The state in a word; of a scheduled one its time, of a paused one the reason."""
    if row.status == "paused":
        return StateBadge(*PAUSED.get(row.pause_reason, ("Paused", "")))
    if row.status == "scheduled":
        return StateBadge(_scheduled(row), MARKS["scheduled"])
    return StateBadge(row.status.capitalize(), MARKS.get(row.status, ""), row.status == "sending")


def _scheduled(row: Distribution) -> str:
    if row.held_seconds is not None:
        return "Held"
    if row.due_at is None:
        return "After the sync"
    return moment(row.due_at, at="At ")


def moment(when: datetime.datetime, at: str = "") -> str:
    """A time as a word: `12:14`, `tomorrow 09:00`, `Mon 09:00`, `24 Dec 09:00`."""
    local, today = when.astimezone(formatting.zone()), formatting.now()
    days = (local.date() - today.date()).days
    if days == 0:
        return f"{at}{local:%H:%M}"
    if days == 1:
        return f"tomorrow {local:%H:%M}" if not at else f"Tomorrow {local:%H:%M}"
    if 1 < days < 7:
        return f"{local:%a %H:%M}"
    return f"{local.day} {local:%b} {local:%H:%M}"


def via(spec: Spec, names: DisplayNames) -> list[tuple[str, str]]:
    """Icons of its channels with their words, each kind once."""
    kinds = dict.fromkeys(kind_of(names.connections.get(c.connection_id, ("", ""))[1], c.mode) for c in spec.channels)
    return [(CHANNEL_ICONS[kind], CHANNEL_WORDS[kind]) for kind in kinds if kind in CHANNEL_ICONS]


def brief(spec: Spec, names: DisplayNames) -> tuple[str, str, str]:
    """`To `, `Lapsed regulars`, `: one code of Autumn 15 %`."""
    return sentence.brief(spec, names)


@dataclass(frozen=True)
class Result:
    """The last result in one line; `kind` colours it, `done` of `total` draws a bar above."""

    text: str = ""
    kind: str = ""
    done: int = 0
    total: int = 0


def result(row: Distribution, numbers: Numbers) -> Result:
    """What is to be said of it last."""
    match row.status:
        case "draft":
            return Result(f"Saved by {row.updated_by}" if row.updated_by else "")
        case "scheduled":
            return Result("An edit is not applied" if row.side_spec is not None else "Ready", "warn" if row.side_spec is not None else "")
        case "sending":
            return Result(
                f"{numbers.done:,} of {numbers.people:,} done" if numbers.people else "Beginning", "", numbers.done, numbers.people
            )
        case "paused":
            return Result(_waits(row, numbers), PAUSED.get(row.pause_reason, ("", ""))[1])
        case "live":
            said = f"{numbers.days[-1]:,} today" if numbers.sent else "Nobody yet"
            return Result(_joined(said, ((numbers.unsure, "unsure"), (numbers.bounced, "bounced"))))
    told = ((numbers.unsure, "unsure"), (numbers.bounced, "bounced"), (numbers.failed, "refused"), (numbers.skipped, "left out"))
    return Result(_joined(f"{numbers.served:,} sent", told))


def _joined(first: str, told: Iterable[tuple[int, str]]) -> str:
    """`12 sent · 2 bounced`: what there is none of is not named."""
    return " · ".join([first, *(f"{count:,} {word}" for count, word in told if count)])


def _waits(row: Distribution, numbers: Numbers) -> str:
    if row.pause_reason == "person":
        return row.pause_detail
    return f"{numbers.waiting:,} wait" if numbers.waiting else "Nothing was sent"


def provider_icon(connection: Connection) -> str:
    """The icon of a connection's provider."""
    try:
        return catalogue.provider(connection.provider).icon
    except KeyError:
        return "plug"
