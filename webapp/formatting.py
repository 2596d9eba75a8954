"""How are numbers, times and money written on a page? In the viewer's zone, relative, with the exact time on hover."""

import datetime
import math
import zoneinfo
from collections.abc import Sequence
from typing import Any

from flask import Flask, g
from markupsafe import Markup, escape

from domain.kernel import clock
from domain.kernel.text import money
from domain.tables import workspace
from domain.tables.workspace import Project
from webapp.access import person
from webapp.database import db


def init_app(app: Flask) -> None:
    """Filters and globals of templates."""
    app.jinja_env.filters.update({filter.__name__: filter for filter in FILTERS}, n=number, money=money.shown, clock=clock_time)
    app.jinja_env.globals.update(project=project, zone=zone, now=now)


def project() -> Project:
    """The project, read once a request."""
    if "project" not in g:
        g.project = workspace.current_project(db.session())
    one: Project = g.project
    return one


def now() -> datetime.datetime:
    """The time, in the viewer's zone."""
    return clock.now(db.session()).astimezone(zone())


def zone() -> zoneinfo.ZoneInfo:
    """The viewer's zone: their own choice, or the project's."""
    if "zone" not in g:
        one = person()
        name = (one.zone if one else "") or project().zone or "UTC"
        try:
            g.zone = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            g.zone = zoneinfo.ZoneInfo("UTC")
    one_zone: zoneinfo.ZoneInfo = g.zone
    return one_zone


def number(value: float | None) -> str:
    """`1204` -> `1,204`; nothing for None."""
    return "" if value is None else f"{value:,}"


def percent(part: float, whole: float) -> str:
    """`0.7 %`; whole percents from ten on, but `99.7 %` for what is not quite all; a dash where there is nothing to divide."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 0.1:
        return "< 0.1 %"
    if 99 < share < 100:
        return f"{math.floor(1000 * part / whole) / 10} %"
    return f"{share:.0f} %" if share >= 10 or share == int(share) else f"{share:.1f} %"


def plural(count: int, one: str, many: str = "") -> str:
    """`3, "code"` -> `3 codes`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def names(people: Sequence[str], joint: str = "and") -> str:
    """`Ada, Bo and Cy`."""
    return f" {joint} ".join(filter(None, [", ".join(people[:-1]), *people[-1:]]))


def initials(name: str) -> str:
    """`Ann Weber` -> `AW`."""
    words = [w for w in name.split() if w[:1].isalnum()]
    return "".join(w[0] for w in (words[:1] + words[1:][-1:])).upper() or "?"


def browser(agent: str) -> str:
    """`Firefox on Linux` of a User-Agent; the first match of each table wins, for browsers pretend to be one another."""
    name = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{name} on {system}" if system else name


_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"), ("Windows", "Windows"), ("Linux", "Linux"))


def _exact(local: datetime.datetime) -> str:
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M:%S %Z}"


def _shown(moment: datetime.datetime, text: str, live: str = "") -> Markup:
    local = moment.astimezone(zone())
    extra = Markup(' data-live="{}"').format(live) if live else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(local.isoformat(timespec="seconds"), _exact(local), extra, text)


def when(moment: datetime.datetime | None) -> str | Markup:
    """As short as the distance allows: `12:04`, `yesterday 18:00`, `Wed 09:31`, `31 Oct`, `31 Oct 2025`."""
    if moment is None:
        return ""
    local, today = moment.astimezone(zone()), now()
    days = (local.date() - today.date()).days
    if days == 0:
        text = f"{local:%H:%M}"
    elif days in {-1, 1}:
        text = f"{'yesterday' if days < 0 else 'tomorrow'} {local:%H:%M}"
    elif abs(days) < 7:
        text = f"{local:%a %H:%M}"
    else:
        text = f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"
    return _shown(moment, text)


def at(moment: datetime.datetime | None) -> str | Markup:
    """The full minute: `20 Nov 2026, 12:04`."""
    if moment is None:
        return ""
    local = moment.astimezone(zone())
    return _shown(moment, f"{local.day} {local:%b %Y, %H:%M}")


def clock_time(moment: datetime.datetime) -> str:
    """`12:04`; for places that say the day themselves."""
    return f"{moment.astimezone(zone()):%H:%M}"


def ago(moment: datetime.datetime | None) -> str | Markup:
    """`4 min ago`, `in 9 min`; the browser keeps it current."""
    if moment is None:
        return ""
    return _shown(moment, distance((moment - now()).total_seconds()), "relative")


def distance(seconds: float) -> str:
    """The words of `ago`; static/js/app.js says the same in the browser."""
    past, span = seconds < 0, abs(seconds)
    for size, unit in ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "h"), (60, "min")):
        if span >= size:
            count = int(span // size)
            text = f"{count} {unit}{'s' if (len(unit) > 3 and count != 1) or (unit == 'day' and count != 1) else ''}"
            return f"{text} ago" if past else f"in {text}"
    return "just now" if past else "now"


def day(value: datetime.date | datetime.datetime | None) -> str | Any:
    """`20 Nov 2026`."""
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        local = value.astimezone(zone())
        return _shown(value, f"{local.day} {local:%b %Y}")
    return escape(f"{value.day} {value:%b %Y}")


FILTERS = (percent, when, ago, at, day, plural, initials, names, browser)
"""Each under its own name; `n` and `money` beside them."""
