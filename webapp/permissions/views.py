"""The permissions: list, make, change, take away."""

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from domain.customers.consents import permissions
from domain.kernel import row_versions
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Refused, Stale
from domain.tables.customers import Consent, Permission
from webapp.access import actor, needs
from webapp.database import db
from webapp.formatting import project
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.permissions import blueprint
from webapp.permissions.forms import PermissionForm

MOST = 10_000
"""Givers are counted up to here; above, “more than” is said."""


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """All permissions."""
    rows = [(permission, outside(Prefix.PERMISSION, permission.id), _given(permission)) for permission in permissions.every(db.session())]
    return show("permissions/index.html", rows=rows, most=MOST, channels=permissions.CHANNELS, default=project().default_permission_id)


def _given(permission: Permission) -> int:
    some = select(Consent.customer_id).where(Consent.permission_id == permission.id, Consent.given).limit(MOST + 1)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


@blueprint.route("/new", methods=["GET", "POST"])
@needs("edit project")
def new() -> ResponseReturnValue:
    """A new permission."""
    form = PermissionForm()
    if request.method == "GET":
        return show("permissions/edit.html", "form", form=form, permission=None)
    try:
        permission = permissions.create(db.session(), actor(), form.wish())
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("permissions/edit.html", "form", status=BAD, form=form, permission=None)
    db.session.commit()
    toast(f"“{permission.name}” was made.")
    return go(url_for("permissions.index"))


@blueprint.route("/<id>", methods=["GET", "POST"])
@needs("edit project")
def edit(id: str) -> ResponseReturnValue:
    """Change a permission."""
    permission = _permission(id)
    form = PermissionForm(obj=permission)
    if request.method == "GET":
        return show("permissions/edit.html", "form", form=form, permission=permission, id=id)
    seen = form.row_version.data or ""
    try:
        permissions.edit(db.session(), actor(), permission.id, form.wish(), row_versions.read(seen))
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return show("permissions/edit.html", "form", status=BAD, form=form, permission=_permission(id), id=id)
    except Stale as stale:
        db.session.rollback()
        form.row_version.data = str(_permission(id).row_version)
        form.row_version.raw_data = None
        return show("permissions/edit.html", "form", status=409, form=form, permission=_permission(id), id=id, stale=stale)
    db.session.commit()
    toast("Saved.")
    return go(url_for("permissions.index"))


@blueprint.post("/<id>/delete")
@needs("edit project")
def delete(id: str) -> ResponseReturnValue:
    """Take a permission away that nobody ever answered."""
    permission = _permission(id)
    try:
        permissions.delete(db.session(), actor(), permission.id)
    except Refused as refused:
        db.session.rollback()
        toast(str(refused), kind="bad", icon="circle-alert")
        return go(url_for("permissions.edit", id=id))
    db.session.commit()
    toast("The permission was taken away.")
    return go(url_for("permissions.index"))


def _permission(word: str) -> Permission:
    id = inside(Prefix.PERMISSION, word)
    permission = db.session.get(Permission, id) if id else None
    if permission is None:
        abort(404)
    return permission
