"""One customer: who they are, what they hold, what they allow, and everything that happened to them."""

import json
import uuid
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from domain.customers.consents import change, suppressions
from domain.customers.profiles import customer_input, metadata
from domain.customers.profiles import erase as forgetting
from domain.customers.profiles import export as exporting
from domain.distributions.audience import reasons
from domain.insight.customers import holdings, timeline
from domain.journal import audit
from domain.kernel import secrets
from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.shop.orders.find import last_of
from domain.tables.customers import Customer, Permission
from webapp.access import actor, can, needs
from webapp.customers import blueprint
from webapp.customers.forms import address_of
from webapp.customers.lookups import customer_of
from webapp.customers.presenters import facts_of
from webapp.customers.timeline import story_line
from webapp.database import db
from webapp.orders.presenters import STATES
from webapp.pages import BAD, go, show, toast
from webapp.security import written_down

SHOWN = {"all": "All", "messages": "Messages", "vouchers": "Codes", "permissions": "Permissions", "facts": "Facts"}


@blueprint.get("/<id>")
@needs("see")
def profile(id: str) -> ResponseReturnValue:
    """The page of one customer; `show` and `before` choose what the timeline shows."""
    customer = customer_of(id)
    return _page(customer)


@blueprint.get("/<id>/timeline")
@needs("see")
def moments(id: str) -> ResponseReturnValue:
    """Earlier moments; without htmx the whole page, from there on."""
    customer = customer_of(id)
    rows, before = _moments(customer)
    values: dict[str, Any] = {"customer": customer, "id": id, "moments": rows, "before": before, "shown": _shown(), "shows": SHOWN}
    if request.headers.get("HX-Request") == "true":
        return show("customers/profile.html", "moments", **values)
    return _page(customer)


def _page(customer: Customer, status: int = 200, erasing: str = "", clear: bool = False, refused_words: str = "") -> ResponseReturnValue:
    session = db.session()
    rows, before = _moments(customer, clear)
    return show(
        "customers/profile.html",
        status=status,
        customer=customer,
        id=address_of(customer),
        tickets=holdings.tickets(session, customer.id),
        clear=clear,
        qr_word=lambda voucher: secrets.token("qr", voucher.id.hex),
        words=holdings.words(session, customer),
        suppressed=suppressions.of_customer(session, customer),
        reasons=suppressions.REASONS,
        lifted=suppressions.LIFTED,
        reason_of=reasons.words,
        segments=holdings.segments(session, customer.id),
        got=holdings.lately(session, customer.id),
        launched=holdings.launched(session),
        givable=holdings.givable(session) if can("edit customers") else [],
        so_far=holdings.so_far(session, customer),
        orders=last_of(session, customer.id),
        about=facts_of(customer),
        types=metadata.types(session),
        sharing=customer_input.sharing(session, customer.email, but=customer),
        moments=rows,
        before=before,
        shown=_shown(),
        shows=SHOWN,
        states=STATES,
        erasing=erasing,
        refused_words=refused_words,
    )


def _shown() -> str:
    chosen = request.args.get("show", "all")
    return chosen if chosen in SHOWN else "all"


def _moments(customer: Customer, clear: bool = False) -> tuple[list[object], str | None]:
    word = request.args.get("before", "")
    try:
        before = uuid.UUID(hex=word) if word else None
    except ValueError:
        abort(404)
    rows, after = timeline.page(db.session(), customer.id, _shown(), before)
    return [story_line(moment, clear=clear) for moment in rows], after.hex if after else None


@blueprint.get("/<id>/why")
@needs("see")
def why(id: str) -> ResponseReturnValue:
    """On to the page that says why this customer did, or didn't, get a distribution."""
    chosen = request.args.get("distribution", "")
    if inside(Prefix.DISTRIBUTION, chosen) is None:
        return go(url_for("customers.profile", id=id))
    return redirect(url_for("reports.why", id=chosen, customer=id), 303)


@blueprint.post("/<id>/permissions")
@needs("edit customers")
def permit(id: str) -> ResponseReturnValue:
    """Give or withdraw a permission in the customer's name."""
    customer = customer_of(id)
    permission_id = inside(Prefix.PERMISSION, request.form.get("permission", ""))
    permission = db.session.get(Permission, permission_id) if permission_id else None
    if permission is None:
        abort(404)
    why = " ".join(request.form.get("how", "").split())[:200]
    how = why or "by hand"
    if request.form.get("given") == "yes":
        try:
            change.give_again(db.session(), actor(), customer, permission, how, why)
        except Refused as refused:
            db.session.rollback()
            return _page(customer_of(id), BAD, refused_words=str(refused))
        toast(f"“{permission.name}” is given.")
    else:
        change.withdraw(db.session(), actor(), [customer.id], permission, how)
        toast(f"“{permission.name}” is withdrawn. It counts at once, for messages that wait, too.")
    db.session.commit()
    return go(url_for("customers.profile", id=id))


@blueprint.get("/<id>.json")
@needs("edit customers")
@written_down
def export(id: str) -> Response:
    """Everything held about this customer."""
    customer = customer_of(id)
    held = exporting.export(db.session(), actor(), customer.id)
    db.session.commit()
    response = Response(json.dumps(held, indent=2, ensure_ascii=False), mimetype="application/json")
    response.headers["Content-Disposition"] = f"attachment; filename={id}.json"
    return response


@blueprint.post("/<id>/erase")
@needs("erase customers")
def erase(id: str) -> ResponseReturnValue:
    """Forget this customer, once the word was typed."""
    customer = customer_of(id)
    if request.form.get("typed", "").strip().casefold() != "erase":
        return _page(customer, status=BAD, erasing="Nothing was erased: type the word erase to confirm.")
    forgetting.erase(db.session(), actor(), customer.id)
    db.session.commit()
    toast("The customer was erased.")
    return go(url_for("customers.index"))


@blueprint.post("/<id>/reveal")
@needs("reveal codes")
def reveal(id: str) -> ResponseReturnValue:
    """The same page with the codes in clear. That somebody looked is kept, so a reload asks, and is kept, again."""
    customer = customer_of(id)
    audit.record(db.session(), actor(), "reveal codes", id)
    db.session.commit()
    return _page(customer, clear=True)
