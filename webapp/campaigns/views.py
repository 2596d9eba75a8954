"""The list of campaigns, and making, changing, switching and deleting one."""

import dataclasses
import uuid
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from domain.incentives.campaigns import edit as edits
from domain.incentives.campaigns.check_draft import mistakes
from domain.incentives.campaigns.create import create
from domain.incentives.campaigns.delete import delete as delete_campaign
from domain.incentives.campaigns.draft import Draft
from domain.incentives.campaigns.find import campaigns
from domain.incentives.campaigns.kinds.catalogue import campaign_kind, campaign_kinds
from domain.incentives.campaigns.kinds.contract import CampaignKind
from domain.incentives.campaigns.sentence import about, state
from domain.incentives.campaigns.switch import switch as switch_campaign
from domain.incentives.codes import pattern
from domain.incentives.codes.forecast import outlooks
from domain.incentives.codes.pattern import advice
from domain.incentives.codes.pool import pool
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign
from webapp.access import actor, needs
from webapp.campaigns import blueprint, lookups
from webapp.campaigns.forms import CampaignForm, form_of
from webapp.campaigns.own_pages import own_pages
from webapp.database import db
from webapp.formatting import project
from webapp.pages import BAD, go, show, show_field_errors, toast, wants_block
from webapp.paging import page

EXAMPLES = 3


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Every campaign, newest first, with its pool."""
    text, kind = request.args.get("text", "").strip(), request.args.get("kind", "")
    labels = {"": "All"} | {one.key: one.label for one in campaign_kinds()}
    rows = page(db.session(), campaigns(text, kind if kind in labels else ""), by=[Campaign.id])
    shown = [row[0] for row in rows.rows]
    pools = outlooks(db.session(), shown)
    words = {c.id: (about(db.session(), c), state(db.session(), c)) for c in shown}
    cells = {c.id: own_pages(c.kind).cells(c) for c in shown}
    tabs = [(label, url_for(".index", kind=word or None, text=text or None), kind == word, None) for word, label in labels.items()]
    values: dict[str, Any] = {"page": rows, "campaigns": shown, "pools": pools, "words": words, "cells": cells, "tabs": tabs}
    values |= {"kinds": campaign_kinds(), "kind_of": campaign_kind}
    return show("campaigns/index.html", "list", text=text, kind=kind, **values)


@blueprint.route("/new", methods=["GET", "POST"])
@blueprint.route("/new-<kind>", methods=["GET", "POST"])
@needs("edit campaigns")
def new(kind: str = "") -> ResponseReturnValue:
    """Make a campaign of this kind; of the first one where none is named."""
    form = _form(lookups.kind(kind))
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
    return go(own_pages(made.kind).after_making(made))


@blueprint.post("/look")
@blueprint.post("/look-<kind>")
@needs("see")
def preview(kind: str = "") -> Response:
    """What codes of this look are like: redrawn while somebody types."""
    form = _form(lookups.kind(kind))
    return show("campaigns/form.html", "look", form=form, **_examples(form)) if wants_block() else _page(form)


@blueprint.route("/<camp:id>/edit", methods=["GET", "POST"])
@needs("edit campaigns")
def edit(id: uuid.UUID) -> ResponseReturnValue:
    """Change a campaign."""
    campaign = lookups.campaign(id)
    form = _form(lookups.kind_of(campaign), campaign)
    if request.method == "GET" or request.form.get("do") == "look":
        return _page(form, campaign)
    wrong = form.unreadable()
    try:
        draft = _kept(form.draft(db.session(), wrong, campaign), campaign)
        edits.edit(db.session(), actor(), campaign, form.row_version.data or 0, _checked(draft, wrong, campaign))
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return _page(form, lookups.campaign(id), BAD)
    db.session.commit()
    toast(form.kind.words.saved)
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


def _form(kind: CampaignKind, campaign: Campaign | None = None) -> CampaignForm:
    form = form_of(kind)
    if campaign is not None and request.method == "GET":
        form = form_of(kind, formdata=None)
        form.show(db.session(), campaign)
    form.choose(db.session())
    return form


def _checked(draft: Draft, wrong: dict[str, str], campaign: Campaign | None = None) -> Draft:
    """The draft, where everything could be read; else Refused with that and whatever else is wrong."""
    if wrong:
        raise Refused(mistakes(db.session(), draft, campaign) | wrong)
    return draft


def _kept(draft: Draft, campaign: Campaign) -> Draft:
    """Where the page no longer asks, what is stays: the look of codes once there are some, what they are worth once given."""
    codes = pool(db.session(), campaign.id)
    keep: dict[str, Any] = {"count": 0}
    if codes.total:
        keep |= {name: getattr(campaign, name) for name in edits.CODE_SETTINGS}
    if codes.given:
        keep |= {name: getattr(campaign, name) for name in campaign_kind(campaign.kind).promised}
    return dataclasses.replace(draft, **keep)


def _page(form: CampaignForm, campaign: Campaign | None = None, status: int = 200) -> Response:
    codes = pool(db.session(), campaign.id) if campaign else None
    values: dict[str, Any] = {"form": form, "kind": form.kind, "campaign": campaign, "codes": codes}
    return show("campaigns/form.html", "form", status, **values, **_examples(form))


def _examples(form: CampaignForm) -> dict[str, Any]:
    """Example codes and how hard they are to guess, or what is wrong with the look."""
    code_pattern, charset = form.look()
    count = form.count.data or 0
    wrong = [words for _, words in pattern.problems(code_pattern, charset, count)] if code_pattern else []
    drawn = list(pattern.draw(code_pattern, charset, EXAMPLES)) if code_pattern and not wrong else []
    return {"examples": drawn, "advice": advice(code_pattern, charset, count) if drawn else "", "look_wrong": wrong}
