"""Addresses that are never written to: the list, adding one, and taking one off with a reason."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from domain.customers.consents import suppressions
from domain.customers.identify.match import somebody_with_address
from domain.kernel import addresses
from domain.kernel.errors import Refused
from domain.tables.customers import Suppression
from webapp import paging
from webapp.access import actor, needs
from webapp.database import db
from webapp.formatting import project
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.permissions import blueprint
from webapp.permissions.forms import SuppressionForm


@blueprint.route("/never", methods=["GET", "POST"])
@needs("see")
def suppressed() -> ResponseReturnValue:
    """The list. Sent, it adds an address."""
    form = SuppressionForm()
    return _list(form) if request.method == "GET" else add(form)


@needs("edit customers")
def add(form: SuppressionForm) -> ResponseReturnValue:
    """Put an address on the list."""
    kind, typed = form.kind.data or "email", (form.address.data or "").strip()
    try:
        address = addresses.email(typed) if kind == "email" else addresses.phone(typed, project().dial_code)
    except ValueError as wrong:
        show_field_errors(form, Refused({"address": str(wrong)}))
        return _list(form, BAD)
    new = suppressions.add_by_hand(db.session(), actor(), kind, address, form.why.data or "")
    db.session.commit()
    toast("It is never written to again." if new else "It was on the list already.")
    return go(url_for("permissions.suppressed"))


@blueprint.post("/never/<kind>/<hash>/allow")
@needs("edit customers")
def allow(kind: str, hash: str) -> ResponseReturnValue:
    """Take an address off the list, with a reason."""
    try:
        suppressions.allow_again(db.session(), actor(), kind, hash, request.form.get("why", ""))
    except Refused as refused:
        db.session.rollback()
        return _list(SuppressionForm(formdata=None), BAD, wrong=(hash, str(refused)))
    db.session.commit()
    toast("The address may be written to again.")
    return go(url_for("permissions.suppressed"))


def _list(form: SuppressionForm, status: int = 200, wrong: tuple[str, str] = ("", "")) -> ResponseReturnValue:
    kind, reason, sought = (request.args.get(name, "").strip() for name in ("kind", "reason", "address"))
    key = [Suppression.kind.expression, Suppression.hash.expression]
    hashes = [addresses.address_hash(k, _plain(k, sought)) for k in ("email", "phone")] if sought else []
    page = paging.page(db.session(), suppressions.listed(kind, reason, hashes), key, descending=False)
    holders = {row[0].hash: somebody_with_address(db.session(), row[0].kind, row[0].hash) for row in page.rows}
    return show(
        "permissions/never.html",
        "never",
        status=status,
        form=form,
        page=page,
        holders=holders,
        reasons=suppressions.REASONS,
        lifted=suppressions.LIFTED,
        kind=kind,
        reason=reason,
        sought=sought,
        wrong=wrong,
    )


def _plain(kind: str, typed: str) -> str:
    if kind == "email":
        return typed
    try:
        return addresses.phone(typed, project().dial_code)
    except ValueError:
        return typed
