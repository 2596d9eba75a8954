"""The list of distributions, with filters."""

from flask import request
from flask.typing import ResponseReturnValue

from domain.distributions import overview
from domain.distributions.draft.spec import Spec
from domain.distributions.plan import names
from domain.kernel.base import Prefix, inside
from domain.tables.distributions import STATUSES, Distribution
from domain.tables.incentives import Campaign
from domain.triggers import catalogue as choices
from integrations import catalogue
from webapp.access import needs
from webapp.database import db
from webapp.distributions import presenters
from webapp.distributions.blueprint import blueprint
from webapp.pages import show
from webapp.paging import page

TABS = (("All", ""), ("Live", "live"), ("Going out", "going"), ("Needs you", "needs"), ("Drafts", "drafts"), ("Over", "over"))


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Every distribution, the latest change first; filters are in the address."""
    asked = _asked()
    listed = page(db.session(), overview.matching(asked), [Distribution.updated_at, Distribution.id], size=25)
    rows = [row[0] for row in listed.rows]
    specs = {row.id: Spec.shown(row.spec) for row in rows}
    session = db.session()
    return show(
        "distributions/index.html",
        "list",
        asked=asked,
        page=listed,
        rows=rows,
        specs=specs,
        names=names.of(session, specs.values()),
        numbers=overview.numbers(session, [row.id for row in rows]),
        counts=overview.counts(session),
        tabs=TABS,
        campaign=session.get(Campaign, asked.campaign_id) if asked.campaign_id else None,
        shown=presenters,
        state_options=[(status, status.capitalize()) for status in STATUSES],
        triggers=choices.triggers(),
        trigger_options=[(t.key, t.label) for t in choices.triggers().values()],
        provider_names={p.key: p.name for p in catalogue.providers()},
    )


def _asked() -> overview.DistributionFilter:
    given = request.args
    return overview.DistributionFilter(
        view=given.get("view", "") if given.get("view", "") in overview.VIEWS else "",
        text=given.get("q", "").strip(),
        state=given.get("state", "") if given.get("state", "") in STATUSES else "",
        trigger=given.get("trigger", "") if given.get("trigger", "") in choices.triggers() else "",
        channel=given.get("channel", "") if given.get("channel", "") in set(catalogue.keys()) else "",
        campaign_id=inside(Prefix.CAMPAIGN, given.get("campaign", "")),
    )
