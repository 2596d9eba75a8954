"""Where does the page of something lie? Asked with what it is and its id, in views and in templates."""

import uuid

from flask import Flask, url_for

from domain.kernel.base import Prefix, outside

PAGES = {
    Prefix.CAMPAIGN: "campaigns.detail",
    Prefix.CONNECTION: "connections.one",
    Prefix.CUSTOMER: "customers.profile",
    Prefix.DISTRIBUTION: "distributions.one",
    Prefix.ORDER: "orders.detail",
    Prefix.SEGMENT: "segments.detail",
}
"""What has a page of its own -> its endpoint."""
_OF_UUIDS = {Prefix.CAMPAIGN, Prefix.DISTRIBUTION}
"""Those whose addresses are written from the UUID; the others take the outside id."""


def init_app(app: Flask) -> None:
    """Give templates `page_of('seg', id)`."""
    app.jinja_env.globals.update(page_of=lambda what, which: page_of(Prefix(what), which))


def page_of(what: Prefix, id: uuid.UUID) -> str:
    """The address of its page."""
    return url_for(PAGES[what], id=id if what in _OF_UUIDS else outside(what, id))
