"""Which places are there? The table behind sidebar, bar and drawer; a place whose area does not exist is not shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import Flask, current_app, g, request, url_for

from domain.insight.home import failing_connections
from domain.insight.inbox import find as inbox
from webapp.access import can, person
from webapp.database import db


@dataclass(frozen=True)
class MenuEntry:
    """A line of the navigation; `phone` is its label in the bar of a phone, `verb` what one must be allowed to see it."""

    label: str
    icon: str
    view: str
    """The view it leads to: `customers.index`."""
    group: str = ""
    group_order: int = 0
    phone: str = ""
    href: str = ""
    here: bool = False
    count: int = 0
    trouble: str = ""
    verb: str = "see"


HOME = "home.index"
PLACES = (
    MenuEntry("Home", "house", HOME, phone="Home"),
    MenuEntry("Distributions", "send", "distributions.index", phone="Sending"),
    MenuEntry("Customers", "users", "customers.index", "People", 1, phone="Customers"),
    MenuEntry("Segments", "filter", "segments.index", "People", 1),
    MenuEntry("Orders", "shopping-bag", "orders.index", "People", 1),
    MenuEntry("Campaigns", "tickets", "campaigns.index", "Incentives", 2, phone="Campaigns"),
    MenuEntry("Templates", "file-text", "mail_templates.index", "Incentives", 2),
    MenuEntry("Connections", "plug", "connections.index", "Delivery", 3),
    MenuEntry("Sandbox inbox", "inbox", "inbox.index", "Delivery", 3),
    MenuEntry("Settings", "settings", "project.settings", "", 4),
)
SETTINGS = (
    MenuEntry("Project", "settings", "project.index"),
    MenuEntry("Mail look", "palette", "project.mail_look"),
    MenuEntry("People", "users", "people.index"),
    MenuEntry("Permissions", "shield-check", "permissions.index"),
    MenuEntry("Custom events", "activity", "custom_events.index"),
    MenuEntry("API keys", "key-round", "api_keys.index"),
    MenuEntry("Retention", "history", "project.kept"),
    MenuEntry("Audit", "scroll-text", "audit.index", verb="see audit"),
    MenuEntry("Broken work", "triangle-alert", "broken_work.index", verb="repair"),
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
    return [(p.label, url_for(p.view), _inside(url_for(p.view)), None) for p in settings()]


def _exists(place: MenuEntry) -> bool:
    return place.view in current_app.view_functions


def _inside(href: str) -> bool:
    return request.path == href or (href != url_for(HOME) and request.path.startswith(href + "/"))


def _seen(place: MenuEntry) -> MenuEntry:
    href, trouble, count = url_for(place.view), TROUBLE.get(place.view), COUNTS.get(place.view)
    return replace(place, href=href, here=_inside(href), trouble=trouble() if trouble else "", count=count() if count else 0)


def _connections() -> str:
    failing = failing_connections.failing_connections(db.session())
    return "" if not failing else "one is in trouble" if failing == 1 else f"{failing} are in trouble"


TROUBLE: dict[str, Callable[[], str]] = {"connections.index": _connections}
"""View -> what its dot says; empty: no dot."""


def _letters() -> int:
    one = person()
    return inbox.unread(db.session(), one.inbox_seen_at) if one else 0


COUNTS: dict[str, Callable[[], int]] = {"inbox.index": _letters}
"""View -> what is new there; 0: no number."""
