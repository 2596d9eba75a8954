"""Give a customer a code by hand, or begin a message to them."""

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue

from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.incentives.ledger.publish import NotPublished, publish
from domain.journal import audit
from domain.kernel.base import Prefix, inside
from domain.tables.incentives import Campaign
from domain.triggers.catalogue import usual
from webapp.access import actor, needs
from webapp.customers import blueprint
from webapp.customers.lookups import customer_of
from webapp.database import db
from webapp.pages import go, toast


@blueprint.post("/<id>/give")
@needs("edit customers")
def give(id: str) -> ResponseReturnValue:
    """One code of the chosen campaign; where it is joined once, the code the customer has."""
    customer = customer_of(id)
    campaign_id = inside(Prefix.CAMPAIGN, request.form.get("campaign", ""))
    campaign = db.session.get(Campaign, campaign_id) if campaign_id else None
    if campaign is None or customer.erased_at is not None:
        abort(404)
    try:
        given = publish(db.session(), campaign.id, customer.id, channel="Dashboard")
    except NotPublished as why:
        db.session.rollback()
        toast(f"No code was given. {why}", kind="bad", icon="circle-alert")
        return go(url_for("customers.profile", id=id))
    if not given.again:
        audit.record(db.session(), actor(), "give code", id, campaign.name)
    db.session.commit()
    toast(f"They have a code of {campaign.name} already." if given.again else f"A code of {campaign.name} was given.")
    return go(url_for("customers.profile", id=id))


@blueprint.post("/<id>/message")
@needs("edit distributions")
def message(id: str) -> ResponseReturnValue:
    """A draft to this one customer, and into the wizard behind the step that is settled so."""
    customer = customer_of(id)
    if customer.erased_at is not None:
        abort(404)
    row = draft.create(db.session(), actor())
    spec = Spec(trigger=usual(live=False).key, audience="customer", customer_id=customer.id)
    draft.store(db.session(), row.id, spec, row.row_version, actor())
    db.session.commit()
    return go(url_for("distributions.step", id=row.id, step="action"))
