"""Is everything there at the platforms this writes to? Asked before Continue and before a launch, and by a button; never within a page."""

import uuid
from collections.abc import Iterator

from flask import request, url_for
from flask.typing import ResponseReturnValue

from domain.connections import configured, prerequisites
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import ChannelSpec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan import check_channels
from domain.kernel.errors import Stale
from domain.messages.message import values_by_name
from domain.tables.distributions import Distribution
from webapp.access import needs
from webapp.database import db
from webapp.distributions.blueprint import blueprint
from webapp.distributions.commands import refused
from webapp.distributions.layout import distribution_or_404
from webapp.distributions.wizard.rail import rail
from webapp.distributions.wizard.save import save_step
from webapp.distributions.wizard.state import wizard_view
from webapp.distributions.wizard.steps import values
from webapp.http_client import http
from webapp.pages import go, show, wants_block


def ask(row: Distribution, key: str = "", *, anew: bool = False, make: bool = False) -> None:
    """Ask for every platform (or only channel `key`) whose answer is not known. Commits; no transaction is open during a call.

    `make`: what is missing there is made first.
    """
    session = db.session()
    questions = list(_questions(draft.working(row).channels, key, anew, make))
    session.commit()
    call = prerequisites.make if make else prerequisites.call
    answers = [(question, call(http(), question)) for question in questions]
    for question, problems in answers:
        prerequisites.record(session, question, problems)
    session.commit()


def _questions(channels: tuple[ChannelSpec, ...], key: str, anew: bool, make: bool) -> Iterator[prerequisites.PrerequisiteQuery]:
    for channel in channels:
        way = check_channels.mode_of(db.session(), channel)
        if isinstance(way, str) or (key and channel.key != key):
            continue
        try:
            question = prerequisites.ask(db.session(), *way, list(values_by_name(channel.parts)), anew=anew, make=make)
        except configured.Unusable:
            continue
        if question is not None:
            yield question


@blueprint.post("/<id>/platform-check/<key>")
@needs("edit distributions")
def check_platform(id: uuid.UUID, key: str) -> ResponseReturnValue:
    """Ask again what is missing there, with the names that stand on the page; a page that only just opened stores nothing.

    With `make` in the query, what is missing is made there first: a person pressed the button that says so.
    """
    row = distribution_or_404(id)
    if "opened" not in request.args:
        try:
            save_step(row, "channels")
        except Stale as stale:
            return refused(NotNow(str(stale)))
        except NotNow as why:
            return refused(why)
        db.session.commit()
    ask(row, key, anew="opened" not in request.args, make="make" in request.args and "opened" not in request.args)
    if not wants_block():
        return go(url_for("distributions.step", id=id, step="channels"))
    seen = wizard_view(db.session(), distribution_or_404(id), "channels")
    known = values(seen)
    way = next((way for way in known["ways"] if way.channel.key == key), None)
    return show("distributions/wizard/channels/platform_check.html", "answer", **{**known, "way": way, "asked": True, "rail": rail(seen)})
