"""Which places are there? The table behind sidebar, bar and drawer; a place whose area does not exist is not shown."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Flask, current_app, g, request

from domain.insight.home import failing_connections
from domain.insight.inbox import find as inbox
from webapp.access import can, person
from webapp.database import db


@dataclass(frozen=True)
class MenuEntry:
    """A line of the navigation; `phone` is its label in the bar of a phone, `verb` what one must be allowed to see it."""

    label: str
    icon: str
    href: str
    group: str = ""
    group_order: int = 0
    phone: str = ""
    here: bool = False
    count: int = 0
    trouble: str = ""
    verb: str = "see"


PLACES = (
    MenuEntry("Home", "house", "/", phone="Home"),
    MenuEntry("Distributions", "send", "/distributions", phone="Sending"),
    MenuEntry("Customers", "users", "/customers", "People", 1, phone="Customers"),
    MenuEntry("Segments", "filter", "/segments", "People", 1),
    MenuEntry("Campaigns", "tickets", "/campaigns", "Incentives", 2, phone="Campaigns"),
    MenuEntry("Connections", "plug", "/connections", "Delivery", 3),
    MenuEntry("Sandbox inbox", "inbox", "/inbox", "Delivery", 3),
    MenuEntry("Settings", "settings", "/settings", "", 4),
)
SETTINGS = (
    MenuEntry("Project", "settings", "/settings/project"),
    MenuEntry("People", "users", "/settings/people"),
    MenuEntry("Permissions", "shield-check", "/settings/permissions"),
    MenuEntry("API keys", "key-round", "/settings/keys"),
    MenuEntry("Retention", "history", "/settings/retention"),
    MenuEntry("Audit", "scroll-text", "/settings/audit", verb="see audit"),
    MenuEntry("Broken work", "triangle-alert", "/settings/broken-work", verb="repair"),
)
"""The tabs of Settings."""


def init_app(app: Flask) -> None:
    """Give templates `navigation` and `settings_tabs`."""
    app.jinja_env.globals.update(navigation=navigation, settings_tabs=settings_tabs)


def navigation() -> list[MenuEntry]:
    """The places, with where we are and what is in trouble; read once a request."""
    if "navigation" not in g:
        g.navigation = [_seen(p) for p in PLACES if _exists(p)]
    places: list[MenuEntry] = g.navigation
    return places


def settings() -> list[MenuEntry]:
    """The pages of Settings that this person may see."""
    return [place for place in SETTINGS if _exists(place) and can(place.verb)]


def settings_tabs() -> list[tuple[str, str, bool, None]]:
    """The tabs of Settings that this person may see, as `ui.tabs` takes them."""
    return [(p.label, p.href, _inside(p), None) for p in settings()]


@functools.cache
def _addresses() -> frozenset[str]:
    return frozenset(rule.rule.rstrip("/") or "/" for rule in current_app.url_map.iter_rules())


def _exists(place: MenuEntry) -> bool:
    return place.href in _addresses()


def _inside(place: MenuEntry) -> bool:
    return request.path == place.href or (place.href != "/" and request.path.startswith(place.href + "/"))


def _seen(place: MenuEntry) -> MenuEntry:
    trouble, count = TROUBLE.get(place.href), COUNTS.get(place.href)
    return replace(place, here=_inside(place), trouble=trouble() if trouble else "", count=count() if count else 0)


def _connections() -> str:
    failing = failing_connections.failing_connections(db.session())
    return "" if not failing else "one is in trouble" if failing == 1 else f"{failing} are in trouble"


TROUBLE: dict[str, Callable[[], str]] = {"/connections": _connections}
"""Address -> what its dot says; empty: no dot."""


def _letters() -> int:
    one = person()
    return inbox.unread(db.session(), one.inbox_seen_at) if one else 0


COUNTS: dict[str, Callable[[], int]] = {"/inbox": _letters}
"""Address -> what is new there; 0: no number."""
