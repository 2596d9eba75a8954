"""Keys: the list, a new one, its end, and what to paste where."""

import uuid

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from domain.incentives.campaigns.kinds.catalogue import keys_with_codes
from domain.kernel.base import Prefix, outside
from domain.kernel.errors import Refused
from domain.tables import workspace
from domain.tables.incentives import Campaign
from domain.tables.workspace import ApiKey
from domain.workspace.api_keys.create import make, revoke
from webapp.access import actor, needs
from webapp.api_keys import blueprint
from webapp.api_keys.forms import DOES, KeyForm
from webapp.api_keys.snippets import for_campaign
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Every key that still opens something."""
    keys = db.session.scalars(select(ApiKey).where(ApiKey.revoked_at.is_(None)).order_by(ApiKey.id.desc())).all()
    names = {str(id): name for id, name in db.session.execute(select(Campaign.id, Campaign.name))}
    return show("api_keys/index.html", keys=keys, names=names, does=dict(DOES))


@blueprint.route("/new", methods=["GET", "POST"])
@needs("edit connections")
def new() -> ResponseReturnValue:
    """Make a key; its token is shown once, in the answer to this very post, and stands nowhere else."""
    form = KeyForm()
    form.fill(db.session())
    if not form.is_submitted():
        return show("api_keys/new.html", form=form)
    if not form.validate():
        return show("api_keys/new.html", "form", BAD, form=form)
    try:
        made = make(db.session(), actor(), **form.wish())
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("api_keys/new.html", "form", BAD, form=form)
    db.session.commit()
    return show("api_keys/made.html", "made", key=made.key, token=made.token)


@blueprint.post("/<uuid:id>/revoke")
@needs("edit connections")
def end(id: uuid.UUID) -> ResponseReturnValue:
    """The key opens nothing any more."""
    key = db.session.get(ApiKey, id)
    if key is None:
        abort(404)
    revoke(db.session(), actor(), key)
    db.session.commit()
    toast(f"The key {key.name} opens nothing any more.")
    return go(url_for("api_keys.index"))


@blueprint.get("/snippets")
@needs("see")
def snippets() -> ResponseReturnValue:
    """What to paste into each platform, for one campaign."""
    campaigns = db.session.execute(
        select(Campaign.id, Campaign.name).where(Campaign.kind.in_(keys_with_codes())).order_by(Campaign.name_key)
    ).all()
    wanted = request.args.get("campaign", "")
    chosen = next((c for c in campaigns if str(c.id) == wanted), campaigns[0] if campaigns else None)
    url = workspace.current_project(db.session()).public_url
    found = for_campaign(outside(Prefix.CAMPAIGN, chosen.id), url) if chosen else []
    return show("api_keys/snippets.html", "snippets", campaigns=campaigns, chosen=chosen, found=found, url=url)
