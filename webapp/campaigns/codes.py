"""The page of one code: whose it is, how and when they got it, and how it stands. The code itself is shown when asked, and that is kept."""

import uuid

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from domain.incentives.campaigns.kinds.catalogue import campaign_kind
from domain.incentives.codes import withdraw as withdrawals
from domain.incentives.codes.export import qr_url, shop_link
from domain.incentives.codes.reveal import masked, reveal
from domain.incentives.ledger.redeemable import WORDS, Standing, standing
from domain.kernel.errors import Refused
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from domain.tables.incentives import Campaign, Publication, Voucher
from domain.tables.redemptions import Redemption
from domain.tables.sending import Delivery
from webapp.access import actor, needs
from webapp.campaigns import blueprint, lookups
from webapp.database import db
from webapp.formatting import now, project
from webapp.pages import go, show, toast


@blueprint.get("/<camp:id>/codes/<code:voucher_id>")
@needs("see")
def code(id: uuid.UUID, voucher_id: uuid.UUID) -> Response:
    """One code, masked."""
    campaign, voucher = lookups.voucher(id, voucher_id)
    return _page(campaign, voucher, masked(voucher.code), shown=False)


@blueprint.post("/<camp:id>/codes/<code:voucher_id>/reveal")
@needs("reveal codes")
def show_code(id: uuid.UUID, voucher_id: uuid.UUID) -> Response:
    """The same with the code in clear; who looked is written down."""
    campaign, voucher = lookups.voucher(id, voucher_id)
    clear = reveal(db.session(), actor(), campaign, voucher)
    db.session.commit()
    response = _page(campaign, voucher, clear, shown=True)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<camp:id>/codes/<code:voucher_id>/withdraw")
@needs("edit campaigns")
def withdraw(id: uuid.UUID, voucher_id: uuid.UUID) -> ResponseReturnValue:
    """Take a free code out of the pool."""
    _, voucher = lookups.voucher(id, voucher_id)
    try:
        withdrawals.withdraw(db.session(), actor(), voucher, request.form.get("reason", ""))
        db.session.commit()
        toast("The code is withdrawn.", icon="ban")
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
    return go(url_for(".code", id=id, voucher_id=voucher_id))


def _page(campaign: Campaign, voucher: Voucher, text: str, shown: bool) -> Response:
    stands = Standing(db.session.scalars(select(standing(now())).select_from(Voucher).join(Campaign).where(Voucher.id == voucher.id)).one())
    given = db.session.scalars(select(Publication).where(Publication.voucher_id == voucher.id)).one_or_none()
    sent = given.distribution_id if given else None
    used = Redemption.voucher_id == voucher.id, Redemption.result == "succeeded", Redemption.rolled_back_at.is_(None)
    uses = select(Redemption).where(*used).order_by(Redemption.at.desc(), Redemption.id.desc()).limit(20)
    deliveries = (
        db.session.scalars(select(Delivery).where(Delivery.recipient_id == given.recipient_id).order_by(Delivery.id)).all()
        if given and given.recipient_id
        else []
    )
    return show(
        "campaigns/code.html",
        "code",
        campaign=campaign,
        voucher=voucher,
        text=text,
        shown=shown,
        worth=campaign_kind(campaign.kind).worth(campaign, voucher).parts,
        standing=stands,
        standing_words=WORDS[stands],
        ends_at=voucher.expires_at or campaign.ends_at,
        holder=db.session.get(Customer, voucher.customer_id) if voucher.customer_id else None,
        given=given,
        distribution=db.session.get(Distribution, sent) if sent else None,
        deliveries=deliveries,
        uses=db.session.scalars(uses).all(),
        link=shop_link(project())(voucher.code) if shown else "",
        qr=qr_url("", voucher.id) if shown else "",
    )
