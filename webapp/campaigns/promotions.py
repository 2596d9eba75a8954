"""The tiers of a set of promotions: each is something that customers are told about."""

import uuid
from zoneinfo import ZoneInfo

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import Optional

from domain.incentives.promotions import delete, tiers
from domain.incentives.promotions.draft import TierDraft, mistakes
from domain.incentives.rules.limit import segment_of
from domain.kernel.errors import Refused
from domain.tables.incentives import Campaign, Tier
from webapp.access import actor, needs
from webapp.campaigns import blueprint, lookups
from webapp.campaigns.worth_form import WorthForm
from webapp.database import db
from webapp.formatting import project
from webapp.pages import BAD, go, show, show_field_errors, toast


class TierForm(WorthForm):
    """One promotion of it."""

    name = StringField("Name", description="Distributions name it.")
    banner = TextAreaField("Banner", description="The sentence customers read, {{ promotion.banner }} in messages.")
    row_version = IntegerField(validators=[Optional()])

    def draft(self, currency: str, wrong: dict[str, str]) -> TierDraft:
        """What the person wants."""
        starts_at, ends_at = self.days(ZoneInfo(project().zone or "UTC"))
        banner = " ".join((self.banner.data or "").split())
        return TierDraft(self.name.data or "", banner, self.worth(currency, wrong), starts_at, ends_at, self.segment)


@blueprint.route("/<camp:id>/promotions/new", methods=["GET", "POST"])
@needs("edit campaigns")
def new_tier(id: uuid.UUID) -> ResponseReturnValue:
    """Add a promotion to it."""
    campaign, form = lookups.campaign(id), _form()
    if request.method == "GET":
        return _page(form, campaign)
    wrong = form.unreadable()
    try:
        tier = tiers.add(db.session(), actor(), campaign, _checked(form.draft(campaign.currency, wrong), wrong, campaign))
    except Refused as refused:
        return _refused(form, refused, id)
    db.session.commit()
    toast(f"{tier.name} is added.")
    return go(url_for(".detail", id=id))


@blueprint.route("/<camp:id>/promotions/<tier:tier_id>", methods=["GET", "POST"])
@needs("edit campaigns")
def edit_tier(id: uuid.UUID, tier_id: uuid.UUID) -> ResponseReturnValue:
    """Change a promotion."""
    campaign, tier = lookups.tier(id, tier_id)
    form = _form(tier, campaign)
    if request.method == "GET":
        return _page(form, campaign, tier)
    wrong = form.unreadable()
    try:
        draft = _checked(form.draft(campaign.currency, wrong), wrong, campaign, tier)
        tiers.edit(db.session(), actor(), tier, form.row_version.data or 0, draft)
    except Refused as refused:
        return _refused(form, refused, id, tier_id)
    db.session.commit()
    toast("The promotion is saved.")
    return go(url_for(".detail", id=id))


@blueprint.post("/<camp:id>/promotions/<tier:tier_id>/move")
@needs("edit campaigns")
def move_tier(id: uuid.UUID, tier_id: uuid.UUID) -> ResponseReturnValue:
    """Up or down in the order."""
    _, tier = lookups.tier(id, tier_id)
    tiers.move(db.session(), actor(), tier, up=request.form.get("to") == "up")
    db.session.commit()
    return go(url_for(".detail", id=id))


@blueprint.post("/<camp:id>/promotions/<tier:tier_id>/switch")
@needs("edit campaigns")
def switch_tier(id: uuid.UUID, tier_id: uuid.UUID) -> ResponseReturnValue:
    """Off, or on again."""
    _, tier = lookups.tier(id, tier_id)
    tiers.switch(db.session(), actor(), tier, on=request.form.get("on") == "yes")
    db.session.commit()
    return go(url_for(".detail", id=id))


@blueprint.post("/<camp:id>/promotions/<tier:tier_id>/delete")
@needs("edit campaigns")
def delete_tier(id: uuid.UUID, tier_id: uuid.UUID) -> ResponseReturnValue:
    """Delete a promotion nobody is being told about."""
    _, tier = lookups.tier(id, tier_id)
    name = tier.name
    try:
        delete.delete(db.session(), actor(), tier)
        db.session.commit()
        toast(f"{name} is deleted.", icon="trash-2")
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
    return go(url_for(".detail", id=id))


def _form(tier: Tier | None = None, campaign: Campaign | None = None) -> TierForm:
    form = TierForm()
    if tier is not None and campaign is not None and request.method == "GET":
        form = TierForm(formdata=None, obj=tier)
        form.show_worth(tier.discount, campaign.currency)
        form.show_days(tier.starts_at, tier.ends_at, ZoneInfo(project().zone or "UTC"))
        form.segment_id.data = str(segment_of(db.session(), tier) or "")
    form.choose(db.session())
    return form


def _checked(draft: TierDraft, wrong: dict[str, str], campaign: Campaign, tier: Tier | None = None) -> TierDraft:
    if wrong:
        raise Refused(mistakes(db.session(), campaign, draft, tier) | wrong)
    return draft


def _refused(form: TierForm, refused: Refused, id: uuid.UUID, tier_id: uuid.UUID | None = None) -> Response:
    db.session.rollback()
    show_field_errors(form, refused)
    return _page(form, lookups.campaign(id), lookups.tier(id, tier_id)[1] if tier_id else None, BAD)


def _page(form: TierForm, campaign: Campaign, tier: Tier | None = None, status: int = 200) -> Response:
    return show("campaigns/tier.html", "form", status, form=form, campaign=campaign, tier=tier)
