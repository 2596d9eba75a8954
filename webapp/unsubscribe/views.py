"""/u/<word>: one click stops (RFC 8058), a look changes nothing, and a page lets customers choose.

The word in the address proves who asks, so neither a sign-in nor a form's token is needed. Mail programs send the POST themselves,
with `List-Unsubscribe=One-Click` in its body, follow no redirect and show no page.
"""

import uuid

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Answer

from domain.customers.consents import links, unsubscribe
from domain.kernel.addresses import hint
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.public_paths import UNSUBSCRIBE
from domain.tables.customers import Customer, Permission
from webapp.access import public
from webapp.database import db
from webapp.pages import show
from webapp.security import csrf
from webapp.unsubscribe import blueprint


@blueprint.get(UNSUBSCRIBE.rule)
@public
def landing_page(word: str) -> ResponseReturnValue:
    """What this link is about, with a button. Changes nothing: mail scanners open every link."""
    customer, permission_id = _who(word)
    return _page(word, customer, permission_id)


@blueprint.post(UNSUBSCRIBE.rule)
@csrf.exempt  # type: ignore[untyped-decorator] # a machine posts, without a form of ours
@public
def stop(word: str) -> ResponseReturnValue:
    """No more of it, at once. 200 without a redirect, also when it was so already, also for a customer who was erased."""
    customer, permission_id = _who(word)
    if customer is not None:
        unsubscribe.one_click(db.session(), customer.id, permission_id)
        db.session.commit()
    if request.form.get("List-Unsubscribe") == "One-Click" and "page" not in request.form:
        return Response("You are unsubscribed.\n", mimetype="text/plain")
    return _page(word, customer, permission_id, done="stopped")


@blueprint.post(f"{UNSUBSCRIBE.rule}/preferences")
@csrf.exempt  # type: ignore[untyped-decorator] # a machine posts, without a form of ours
@public
def choose(word: str) -> ResponseReturnValue:
    """Exactly the permissions that are ticked, from now on; or none at all, for ever."""
    customer, permission_id = _who(word)
    if customer is None:
        return _page(word, None, permission_id)
    if "nothing" in request.form:
        unsubscribe.stop_all(db.session(), customer, unsubscribe.BY_PAGE)
        db.session.commit()
        return _page(word, customer, permission_id, done="nothing")
    wanted = {id for id in (inside(Prefix.PERMISSION, text) for text in request.form.getlist("permission")) if id is not None}
    unsubscribe.choose(db.session(), customer, wanted)
    db.session.commit()
    return _page(word, customer, permission_id, done="chosen")


def _who(word: str) -> tuple[Customer | None, uuid.UUID | None]:
    bound = links.who(word)
    if bound is None:
        abort(404, "This link is not complete. Copy all of it from the message.")
    customer = db.session.get(Customer, bound[0])
    return (customer if customer is not None and customer.erased_at is None else None), bound[1]


def _page(word: str, customer: Customer | None, permission_id: uuid.UUID | None, done: str = "") -> Answer:
    permission = db.session.get(Permission, permission_id) if permission_id else None
    choices = unsubscribe.choices(db.session(), customer.id) if customer is not None else []
    response = show(
        "unsubscribe/index.html",
        word=word,
        customer=customer,
        address=hint(customer.email or customer.phone) if customer is not None else "",
        permission=permission,
        given=any(c.given for c in choices if permission is None or c.permission.id == permission.id),
        choices=[(c, outside(Prefix.PERMISSION, c.permission.id)) for c in choices],
        silent=unsubscribe.silenced_by(db.session(), customer) if customer is not None else "",
        done=done,
        here=url_for("unsubscribe.landing_page", word=word),
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
