"""How long history is kept: one number of months for each kind."""

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField
from wtforms.validators import InputRequired

from domain.kernel.errors import Refused
from domain.tables import workspace
from domain.workspace.project import retention
from webapp.access import actor, can, needs
from webapp.database import db
from webapp.forms import Form
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.project import blueprint


class RetentionForm(Form):
    """One field for each row of `RETENTIONS`."""

    row_version = IntegerField(validators=[InputRequired()])


for one in retention.RETENTIONS:
    field = IntegerField(one.label, description=one.description, validators=[InputRequired("Enter a number of months, or 0 for ever.")])
    setattr(RetentionForm, one.key, field)


@blueprint.get("/retention")
@needs("see")
def kept() -> ResponseReturnValue:
    """What is kept for how long."""
    project = workspace.current_project(db.session())
    return _page(RetentionForm(formdata=None, data=retention.months(project) | {"row_version": project.row_version}))


@blueprint.post("/retention")
@needs("edit project")
def keep() -> ResponseReturnValue:
    """Choose other times."""
    form = RetentionForm()
    if not form.validate():
        return _page(form, BAD)
    project = workspace.current_project(db.session())
    wish = {one.key: int(form[one.key].data) for one in retention.RETENTIONS}
    try:
        retention.edit(db.session(), actor(), project, form.row_version.data or 0, wish)
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return _page(form, BAD)
    db.session.commit()
    toast("Saved. What is older is forgotten within the next hours.")
    return go(url_for("project.kept"))


def _page(form: RetentionForm, status: int = 200) -> Response:
    if not can("edit project"):
        for shown in form:
            shown.render_kw = {"disabled": True}
    return show("project/retention.html", "form", status, form=form, rows=retention.RETENTIONS, most=retention.MOST)
