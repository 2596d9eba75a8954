"""The page about the project."""

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from domain.kernel.errors import Refused
from domain.tables import workspace
from domain.workspace.project import edit as project_edit
from webapp.access import actor, can, needs
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.project import blueprint
from webapp.project.forms import ProjectForm


@blueprint.get("")
@needs("see")
def settings() -> ResponseReturnValue:
    """Settings begin with the project."""
    return redirect(url_for("project.index"))


@blueprint.get("/project")
@needs("see")
def index() -> ResponseReturnValue:
    """The project as it is."""
    project = workspace.current_project(db.session())
    form = ProjectForm(formdata=None)
    form.fill(db.session(), project)
    form.show(project)
    return _page(form)


@blueprint.post("/project")
@needs("edit project")
def edit() -> ResponseReturnValue:
    """Change the project."""
    project = workspace.current_project(db.session())
    form = ProjectForm()
    form.fill(db.session(), project)
    if not form.validate():
        return _page(form, BAD)
    try:
        project_edit.edit(db.session(), actor(), project, form.row_version.data or 0, form.wish())
    except Refused as refused:
        db.session.rollback()
        show_field_errors(form, refused)
        return _page(form, BAD)
    db.session.commit()
    toast("The project is saved.")
    return go(url_for("project.index"))


def _page(form: ProjectForm, status: int = 200) -> Response:
    if not can("edit project"):
        for field in form:
            field.render_kw = {"disabled": True}
    here = workspace.current_project(db.session())
    senders = workspace.senders_of_project(db.session())
    return show("project/index.html", "form", status, form=form, senders=senders, reached_at=workspace.public_url(here))
