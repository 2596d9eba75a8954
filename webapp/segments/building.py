"""Build a segment by a condition, or change its condition; see whom that finds before it is saved."""

from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from domain.customers.facts.catalogue import known
from domain.customers.segments import create, edit, name
from domain.kernel.errors import Refused
from domain.tables.customers import Segment
from webapp.access import actor, needs
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.segments import blueprint, lookups
from webapp.segments.builder import Builder
from webapp.segments.forms import SegmentForm
from webapp.segments.preview import SegmentPreview, segment_preview


@blueprint.route("/new", methods=["GET", "POST"])
@needs("edit segments")
def new() -> ResponseReturnValue:
    """Make a segment by a condition."""
    session, facts, form = db.session(), known(db.session()), SegmentForm()
    if request.method == "GET":
        return _page(form, Builder.of(facts))
    builder = Builder.sent(facts, request.form)
    condition = builder.checked(session) if not builder.pressed else None
    if builder.pressed:
        return _page(form, builder, _preview(builder))
    try:
        name.checked(session, form.name.data or "")
        if condition is None:
            return _page(form, builder, None, BAD)
        segment = create.dynamic(session, actor(), form.name.data or "", condition)
    except Refused as refused:
        show_field_errors(form, refused)
        return _page(form, builder, _preview(builder), BAD)
    db.session.commit()
    return go(url_for("segments.detail", id=lookups.word(segment.id)))


@blueprint.route("/<id>/condition", methods=["GET", "POST"])
@needs("edit segments")
def change(id: str) -> ResponseReturnValue:
    """Change the name or the condition of a segment; whom that moves is shown before."""
    segment, session = lookups.one(id), db.session()
    if segment.condition is None:
        return go(url_for("segments.change_list", id=id))
    facts, form = known(session), SegmentForm(name=segment.name, row_version=segment.row_version)
    if request.method == "GET":
        builder = Builder.of(facts, segment.condition)
        return _page(form, builder, _preview(builder, segment), segment=segment)
    builder = Builder.sent(facts, request.form)
    if builder.pressed:
        return _page(form, builder, _preview(builder, segment), segment=segment)
    condition = builder.checked(session, segment.id)
    try:
        called = name.checked(session, form.name.data or "", segment.id)
        if condition is None:
            return _page(form, builder, None, BAD, segment)
        seen = form.row_version.data or 0
        changed = edit.change(session, actor(), segment, condition, seen, react=bool(form.react.data))
        edit.rename(session, actor(), segment, called, segment.row_version if changed else seen)
    except Refused as refused:
        show_field_errors(form, refused)
        return _page(form, builder, _preview(builder, segment), BAD, segment)
    db.session.commit()
    toast("Saved. Its members are being looked for." if changed else "Saved.")
    return go(url_for("segments.detail", id=id))


@blueprint.post("/rules")
@needs("edit segments")
def rules() -> Response:
    """The builder drawn anew, after a button or a choice that changes its shape."""
    builder = _sent()
    return make_response(render_template("segments/_builder.html", builder=builder))


@blueprint.post("/crowd")
@needs("edit segments")
def beside() -> Response:
    """Whom the condition in the form finds now."""
    segment = lookups.one(request.args["segment"]) if request.args.get("segment") else None
    builder = _sent()
    return make_response(render_template("segments/_preview.html", builder=builder, form=SegmentForm(), **_beside(builder, segment)))


def _sent() -> Builder:
    prefix, form_id = request.args.get("prefix", "rules"), request.args.get("form", "segment-form")
    return Builder.sent(known(db.session()), request.form, prefix, form_id)


def _beside(builder: Builder, segment: Segment | None) -> dict[str, Any]:
    return {"crowd": _preview(builder, segment), "segment": segment, "id": lookups.word(segment.id) if segment else ""}


def _preview(builder: Builder, segment: Segment | None = None) -> SegmentPreview | None:
    """None while the condition cannot be asked; its mistakes are not shown before it is sent."""
    condition = builder.checked(db.session(), segment.id if segment else None)
    if condition is None:
        if builder.pressed:
            builder.forgive()
        return None
    _, _, others = builder.pressed.partition("others:")
    return segment_preview(db.session(), condition, builder.facts, others, segment)


def _page(
    form: SegmentForm, builder: Builder, beside: SegmentPreview | None = None, status: int = 200, segment: Segment | None = None
) -> Response:
    id = lookups.word(segment.id) if segment else ""
    return show("segments/build.html", status=status, form=form, builder=builder, crowd=beside, segment=segment, id=id)
