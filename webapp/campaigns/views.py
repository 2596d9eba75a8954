"""The list of campaigns, and making, changing, switching and deleting one."""

import dataclasses
import uuid
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from domain.incentives.campaigns import draft as drafts
from domain.incentives.campaigns import edit as edits
from domain.incentives.campaigns.create import create
from domain.incentives.campaigns.delete import delete as delete_campaign
from domain.incentives.campaigns.find import campaigns
from domain.incentives.campaigns.sentence import about, state
from domain.incentives.campaigns.switch import switch as switch_campaign
from domain.incentives.codes import pattern
from domain.incentives.codes.forecast import outlooks
from domain.incentives.codes.pattern import advice
from domain.incentives.codes.pool import pool
from domain.incentives.promotions import tiers
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign
from webapp.access import actor, needs
from webapp.campaigns import blueprint, lookups
from webapp.campaigns.forms import CampaignForm
from webapp.database import db
from webapp.formatting import project
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.paging import page

KINDS = {"": "All", "discount": "Unique codes", "promotion": "Promotions"}
EXAMPLES = 3


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Every campaign, newest first, with its pool."""
    text, kind = request.args.get("text", "").strip(), request.args.get("kind", "")
    rows = page(db.session(), campaigns(text, kind if kind in KINDS else ""), by=[Campaign.id])
    shown = [row[0] for row in rows.rows]
    pools = outlooks(db.session(), shown)
    words = {c.id: (about(db.session(), c), state(db.session(), c)) for c in shown}
    promotions = {c.id: tiers.of_campaign(db.session(), c.id) for c in shown if c.kind == "promotion"}
    tabs = [(label, url_for(".index", kind=word or None, text=text or None), kind == word, None) for word, label in KINDS.items()]
    values: dict[str, Any] = {"page": rows, "campaigns": shown, "pools": pools, "words": words, "promotions": promotions, "tabs": tabs}
    return show("campaigns/index.html", "list", text=text, kind=kind, **values)


@blueprint.route("/new", methods=["GET", "POST"])
@needs("edit campaigns")
def new() -> ResponseReturnValue:
    """Make a campaign of unique codes."""
    form = _form()
    if request.method == "GET":
        form.currency.data = project().currency
        return _page(form)
    if request.form.get("do") == "look":
        return _page(form)
    wrong = form.unreadable()
    try:
        made = create(db.session(), actor(), _checked(form.draft(db.session(), wrong), wrong))
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return _page(form, status=BAD)
    db.session.commit()
    toast(f"{made.name} is made." if made.generation == "done" else f"{made.name} is made; its codes are on their way.")
    return go(url_for(".detail" if made.pattern else ".import_codes", id=made.id))


@blueprint.post("/look")
@needs("see")
def look() -> Response:
    """What codes of this look are like: redrawn while somebody types."""
    form = _form()
    return show("campaigns/form.html", "look", form=form, **_examples(form))


@blueprint.route("/<camp:id>/edit", methods=["GET", "POST"])
@needs("edit campaigns")
def edit(id: uuid.UUID) -> ResponseReturnValue:
    """Change a campaign."""
    campaign = lookups.campaign(id)
    if campaign.kind == "promotion":
        return go(url_for(".edit_promotion", id=id))
    form = _form(campaign)
    if request.method == "GET" or request.form.get("do") == "look":
        return _page(form, campaign)
    wrong = form.unreadable()
    try:
        draft = _kept(form.draft(db.session(), wrong), campaign)
        edits.edit(db.session(), actor(), campaign, form.row_version.data or 0, _checked(draft, wrong, campaign))
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return _page(form, lookups.campaign(id), BAD)
    db.session.commit()
    toast("The campaign is saved.")
    return go(url_for(".detail", id=id))


@blueprint.post("/<camp:id>/switch")
@needs("edit campaigns")
def switch(id: uuid.UUID) -> ResponseReturnValue:
    """Off, so that its codes are worth nothing; or on again."""
    campaign, on = lookups.campaign(id), request.form.get("on") == "yes"
    if switch_campaign(db.session(), actor(), campaign, on):
        db.session.commit()
        toast(f"{campaign.name} is {'on' if on else 'off'}.", icon="circle-play" if on else "circle-pause")
    return go(url_for(".detail", id=id))


@blueprint.post("/<camp:id>/delete")
@needs("edit campaigns")
def delete(id: uuid.UUID) -> ResponseReturnValue:
    """Delete a campaign nobody has a code of."""
    campaign = lookups.campaign(id)
    name = campaign.name
    try:
        delete_campaign(db.session(), actor(), campaign)
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
        return go(url_for(".detail", id=id))
    db.session.commit()
    toast(f"{name} is deleted.", icon="trash-2")
    return go(url_for(".index"))


def _form(campaign: Campaign | None = None) -> CampaignForm:
    form = CampaignForm()
    if campaign is not None and request.method == "GET":
        form = CampaignForm(formdata=None)
        form.show(db.session(), campaign)
    form.choose(db.session())
    return form


def _checked(draft: drafts.Draft, wrong: dict[str, str], campaign: Campaign | None = None) -> drafts.Draft:
    """The draft, where everything could be read; else Refused with that and whatever else is wrong."""
    if wrong:
        raise Refused(drafts.mistakes(db.session(), draft, campaign) | wrong)
    return draft


def _kept(draft: drafts.Draft, campaign: Campaign) -> drafts.Draft:
    """Where the page no longer asks, what is stays: the look of codes once there are some, what they are worth once given."""
    codes = pool(db.session(), campaign.id)
    keep: dict[str, Any] = {"count": 0, "kind": campaign.kind}
    if codes.total:
        keep |= {name: getattr(campaign, name) for name in edits.CODE_SETTINGS}
    if codes.given:
        keep |= {name: getattr(campaign, name) for name in edits.WORTH}
    return dataclasses.replace(draft, **keep)


def _page(form: CampaignForm, campaign: Campaign | None = None, status: int = 200) -> Response:
    codes = pool(db.session(), campaign.id) if campaign else None
    return show("campaigns/form.html", "form", status, form=form, campaign=campaign, codes=codes, **_examples(form))


def _examples(form: CampaignForm) -> dict[str, Any]:
    """Example codes and how hard they are to guess, or what is wrong with the look."""
    code_pattern, charset = form.look()
    count = form.count.data or 0
    wrong = [words for _, words in pattern.problems(code_pattern, charset, count)] if code_pattern else []
    drawn = list(pattern.draw(code_pattern, charset, EXAMPLES)) if code_pattern and not wrong else []
    return {"examples": drawn, "advice": advice(code_pattern, charset, count) if drawn else "", "look_wrong": wrong}
