"""The look of the brand: what mails that are begun here take over."""

from dataclasses import replace
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, URLField
from wtforms.validators import InputRequired

from domain.kernel.errors import Refused
from domain.messages.mail.brand import MailLook, look_of
from domain.messages.mail.style import CORNERS, FONTS, SIZES, WIDTHS
from domain.messages.pictures import addresses
from domain.messages.pictures.reencode import LARGEST
from domain.tables import workspace
from domain.workspace.pictures import keep as pictures
from domain.workspace.project import mail_look as look
from webapp.access import actor, can, needs
from webapp.database import db
from webapp.distributions.mail_editor import form as mail_form
from webapp.forms import Form
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.project import blueprint


class MailLookForm(Form):
    """The logo; colours and letters are asked as in the editor."""

    logo = URLField("Address of the logo", description="In the header of new mails. Empty: the name of the brand.")
    row_version = IntegerField(validators=[InputRequired()])


@blueprint.get("/mail-look")
@needs("see")
def mail_look() -> ResponseReturnValue:
    """The look as it is."""
    project = workspace.current_project(db.session())
    found = look_of(project.mail_look)
    return _page(MailLookForm(formdata=None, data={"logo": found.logo, "row_version": project.row_version}), found)


@blueprint.post("/mail-look")
@needs("edit project")
def change_mail_look() -> ResponseReturnValue:
    """Take another look."""
    session, form = db.session(), MailLookForm()
    project = workspace.current_project(session)
    wrong: mail_form.Wrong = {}
    wanted = MailLook(mail_form.look(request.form, look_of(project.mail_look).style, wrong), (form.logo.data or "").strip(), chosen=True)
    try:
        if wrong:
            raise Refused({"": " ".join(wrong.values())})
        if (file := request.files.get("file")) is not None and file.filename:
            wanted = replace(wanted, logo=_uploaded(file.stream.read(LARGEST + 1), file.filename))
        look.edit(session, actor(), project, form.row_version.data or 0, wanted)
    except Refused as refused:
        session.rollback()
        show_field_errors(form, refused)
        return _page(form, wanted, BAD)
    session.commit()
    toast("Mails that are begun from now on look like this.")
    return go(url_for("project.mail_look"))


def _uploaded(data: bytes, name: str) -> str:
    try:
        return pictures.address(db.session(), pictures.keep(db.session(), actor(), data, name))
    except Refused as refused:
        raise Refused({"logo": str(refused)}) from refused


def _page(form: MailLookForm, shown: MailLook, status: int = 200) -> Response:
    if not can("edit project"):
        form.logo.render_kw = {"disabled": True}
    logo = addresses.moved(shown.logo, "")  # a picture of ours is shown from here, others by mail programs only
    about: dict[str, Any] = {
        "logo": logo if addresses.words(logo) else "",
        "fonts": FONTS,
        "sizes": SIZES,
        "widths": WIDTHS,
        "corners": CORNERS,
    }
    return show("project/mail_look.html", "form", status, form=form, looks=shown.style, open=can("edit project"), **about)
