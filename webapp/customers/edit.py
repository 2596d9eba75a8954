"""Add a customer by hand, and change one."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from domain.customers.profiles import create, customer_input, metadata, readers
from domain.customers.profiles import edit as changing
from domain.kernel import row_versions
from domain.kernel.errors import Refused, Stale
from domain.tables.customers import Customer
from webapp.access import actor, needs
from webapp.customers import blueprint
from webapp.customers.forms import CustomerForm, address_of, form_for
from webapp.customers.lookups import customer_of
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast


@blueprint.route("/new", methods=["GET", "POST"])
@needs("edit customers")
def new() -> ResponseReturnValue:
    """A new customer."""
    form = form_for(metadata.types(db.session()))
    if request.method == "GET":
        return _form(form, None)
    try:
        customer = create.add(db.session(), actor(), _read(form), another=bool(form.another.data))
    except Refused as refused:
        db.session.rollback()
        return _wrong(form, refused, None)
    db.session.commit()
    toast(f"{customer.name or 'The customer'} was added.")
    return go(url_for("customers.profile", id=address_of(customer)))


@blueprint.route("/<id>/edit", methods=["GET", "POST"])
@needs("edit customers")
def edit(id: str) -> ResponseReturnValue:
    """Change what is known about a customer."""
    customer = customer_of(id)
    form = form_for(metadata.types(db.session()), customer)
    if request.method == "GET":
        return _form(form, customer)
    seen = form.row_version.data or ""
    try:
        changed = changing.edit(db.session(), actor(), customer.id, _read(form), row_versions.read(seen))
    except Refused as refused:
        db.session.rollback()
        return _wrong(form, refused, customer)
    except Stale as stale:
        db.session.rollback()
        form.row_version.data = str(customer_of(id).row_version)
        form.row_version.raw_data = None
        return _form(form, customer, status=409, stale=stale)
    db.session.commit()
    toast("Saved." if changed else "Nothing was changed.")
    return go(url_for("customers.profile", id=id))


def _read(form: CustomerForm) -> customer_input.CustomerInput:
    """What was typed, checked; a new field is registered first. Raises Refused."""
    key = (form.new_key.data or "").strip()
    if key:
        try:
            metadata.register(db.session(), {key: form.new_type.data or "text"})
        except Refused as refused:
            raise Refused({"new_key": refused.mistakes[key]}) from refused
    return customer_input.read(db.session(), form.typed(), form.details())


def _wrong(form: CustomerForm, refused: Refused, customer: Customer | None) -> ResponseReturnValue:
    key = f"metadata.{(form.new_key.data or '').strip()}"
    moved = {"new_value" if name == key and name not in form else name: text for name, text in refused.mistakes.items()}
    show_field_errors(form, Refused(moved))
    return _form(form, customer, status=BAD)


def _form(form: CustomerForm, customer: Customer | None, status: int = 200, stale: Stale | None = None) -> ResponseReturnValue:
    zones = sorted(readers.zones())
    return show("customers/edit.html", "form", status=status, form=form, customer=customer, stale=stale, zones=zones)
