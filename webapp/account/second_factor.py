"""My second factor: set it up with an app, keep recovery codes, switch it off."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue

from domain.kernel.errors import Refused
from domain.workspace.signing_in import second_factor as factor
from domain.workspace.signing_in import sessions, tries
from webapp.access import before_second_factor, here, me, needs
from webapp.account import blueprint
from webapp.account.forms import Again, FirstCode
from webapp.auth.guessing import wait
from webapp.database import db
from webapp.formatting import project
from webapp.forms import Form
from webapp.pages import BAD, go, show, show_field_errors, toast


@blueprint.get("/second-factor")
@before_second_factor
@needs("see")
def second_factor() -> ResponseReturnValue:
    """Whether it is on, and what can be done."""
    return _page()


@blueprint.post("/second-factor/set-up")
@before_second_factor
@needs("see")
def set_up_second_factor() -> ResponseReturnValue:
    """With the password: a secret for the app, shown in this answer only."""
    form = Again()
    if told := _asked(form):
        return told
    try:
        factor.begin(db.session(), me(), form.password.data or "")
    except Refused as refused:
        return _page(form, refused)
    tries.was_right(db.session(), _passwords())
    db.session.commit()
    return _scan(FirstCode(formdata=None))


@blueprint.post("/second-factor/switch-on")
@before_second_factor
@needs("see")
def switch_on_second_factor() -> ResponseReturnValue:
    """With the first code it is on; the recovery codes are shown in this answer only."""
    form = FirstCode()
    if factor.being_set_up(db.session(), me()) is None:
        return go(url_for("account.second_factor"))
    if not form.validate():
        return _scan(form, BAD)
    keys = {"code": str(me().id)}
    if told := wait(keys):
        form.form_errors.append(told)
        return _scan(form, 429)
    try:
        codes = factor.confirm(db.session(), me(), form.code.data or "")
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return _scan(form, BAD)
    tries.was_right(db.session(), keys)
    one = here()
    sessions.revoke(db.session(), me().id, but=one.id if one else None)
    db.session.commit()
    return show("account/recovery_codes.html", codes=codes, first=True)


@blueprint.post("/second-factor/codes")
@needs("see")
def recovery_codes() -> ResponseReturnValue:
    """Other recovery codes, shown in this answer only."""
    form = Again()
    if told := _asked(form):
        return told
    try:
        codes = factor.new_codes(db.session(), me(), form.password.data or "")
    except Refused as refused:
        return _page(form, refused)
    tries.was_right(db.session(), _passwords())
    db.session.commit()
    return show("account/recovery_codes.html", codes=codes, first=False)


@blueprint.post("/second-factor/switch-off")
@needs("see")
def switch_off_second_factor() -> ResponseReturnValue:
    """By password alone from now on."""
    form = Again()
    if told := _asked(form):
        return told
    try:
        factor.switch_off(db.session(), me(), form.password.data or "", project().second_factor_required)
    except Refused as refused:
        return _page(form, refused)
    tries.was_right(db.session(), _passwords())
    db.session.commit()
    toast("Your second factor is off.")
    return go(url_for("account.second_factor"))


def _passwords() -> tries.Keys:
    return {"own password": str(me().id)}


def _asked(form: Form) -> ResponseReturnValue | None:
    """An answer where the form is not right, or the password was asked for too often."""
    if not form.validate():
        return _page(form, status=BAD)
    if told := wait(_passwords()):
        form.form_errors.append(told)
        return _page(form, status=429)
    return None


def _page(form: Form | None = None, refused: Refused | None = None, status: int = 200) -> Response:
    if form is not None and refused is not None:
        db.session.rollback()
        show_field_errors(form, refused)
        status = BAD
    on, left = factor.on(db.session(), me()), factor.codes_left(db.session(), me())
    return show(
        "account/second_factor.html",
        status=status,
        form=form or Again(formdata=None),
        on=on,
        left=left,
        must=project().second_factor_required,
    )


def _scan(form: FirstCode, status: int = 200) -> Response:
    import segno  # keeps a process small that draws nothing

    secret = factor.being_set_up(db.session(), me()) or ""
    address = factor.address_for_app(me(), secret, f"Largesse {project().brand}".strip())
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff", omitsize=False)
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    return show("account/scan.html", status=status, form=form, picture=picture, secret=grouped)
