"""Make and change a fixed list: paste what people are known by, or pick them one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from domain.customers.profiles import find
from domain.customers.segments import create, edit, members, name
from domain.kernel.base import Prefix, inside
from domain.kernel.errors import Refused
from domain.tables.customers import Customer, Segment
from domain.tables.usage import segment_references
from webapp.access import actor, needs
from webapp.database import db
from webapp.pages import BAD, go, show, show_field_errors, toast
from webapp.segments import blueprint, lookups
from webapp.segments.forms import SegmentListForm
from webapp.segments.preview import called

OFFERED = 8


@dataclass(frozen=True)
class Pick:
    """People to pick from: those ticked already, and those found by the words in the search box."""

    q: str
    picked: Sequence[Customer]
    offered: Sequence[Customer]


@blueprint.route("/new-list", methods=["GET", "POST"])
@needs("edit segments")
def new_list() -> ResponseReturnValue:
    """Make a fixed list."""
    form, session = SegmentListForm(), db.session()
    if request.method == "GET" or request.form.get("do"):
        return _page(form)
    try:
        name.checked(session, form.name.data or "")
        people = _people(form)
        if people.unknown or people.shared:
            return _page(form, people, BAD)
        segment = create.manual(session, actor(), form.name.data or "", people.customers)
    except Refused as refused:
        show_field_errors(form, refused)
        return _page(form, status=BAD)
    db.session.commit()
    toast(f"“{segment.name}” is made, with {_count(len(people.customers))}.")
    return go(url_for("segments.detail", id=lookups.word(segment.id)))


@blueprint.route("/<id>/people", methods=["GET", "POST"])
@needs("edit segments")
def change_list(id: str) -> ResponseReturnValue:
    """Put more people on a list, or give it another name."""
    segment, session = lookups.one(id), db.session()
    if segment.kind != "manual":
        return go(url_for("segments.change", id=id))
    form = SegmentListForm(name=segment.name, row_version=segment.row_version)
    if request.method == "GET" or request.form.get("do"):
        return _page(form, segment=segment)
    try:
        edit.rename(session, actor(), segment, form.name.data or "", form.row_version.data or 0)
        people = _people(form)
        if people.unknown or people.shared:
            session.rollback()
            return _page(form, people, BAD, lookups.one(id))
        added = members.change(session, actor(), segment, people.customers, inside=True, react=bool(form.react.data))
    except Refused as refused:
        show_field_errors(form, refused)
        return _page(form, status=BAD, segment=segment)
    db.session.commit()
    toast(f"{_count(added)} added." if people.customers else "Saved.")
    return go(url_for("segments.detail", id=id))


@blueprint.post("/<id>/remove")
@needs("edit segments")
def remove(id: str) -> ResponseReturnValue:
    """Take the ticked people off the list."""
    segment = lookups.one(id)
    if segment.kind != "manual":
        raise Refused({"": "Members of this segment follow its condition. Change the condition instead."})
    gone = members.change(db.session(), actor(), segment, _ticked("member"), inside=False, react=request.form.get("react") == "y")
    db.session.commit()
    toast(f"{_count(gone)} taken off the list.")
    return go(url_for("segments.detail", id=id))


@blueprint.post("/pick")
@needs("edit segments")
def pick() -> Response:
    """People to pick, for the words in the search box."""
    return make_response(render_template("segments/_pick.html", pick=_pick(), called=called))


def _people(form: SegmentListForm) -> members.PastedMembers:
    """Who is meant; what was not found counts as settled once it was shown and confirmed. Raises Refused."""
    try:
        pasted = members.find(db.session(), form.paste.data or "")
    except ValueError as why:
        raise Refused({"paste": str(why)}) from why
    customers = tuple(dict.fromkeys((*pasted.customers, *_ticked("pick"))))
    confirmed = form.anyway.data == "yes"
    return members.PastedMembers(customers, () if confirmed else pasted.unknown, () if confirmed else pasted.shared)


def _ticked(field: str) -> list[Any]:
    return [id for word in request.form.getlist(field) if (id := inside(Prefix.CUSTOMER, word))]


def _pick() -> Pick:
    q, ticked = request.form.get("q", "").strip(), _ticked("pick")
    picked = db.session.scalars(select(Customer).where(Customer.id.in_(ticked)).order_by(Customer.name_key)).all() if ticked else []
    offered = find.page(db.session(), find.CustomerFilter(text=q), size=OFFERED)[0] if q else []
    return Pick(q, picked, [c for c in offered if c.id not in set(ticked)])


def _page(
    form: SegmentListForm, people: members.PastedMembers | None = None, status: int = 200, segment: Segment | None = None
) -> Response:
    return show(
        "segments/list.html", status=status, form=form, people=people, pick=_pick(), called=called, segment=segment,
        id=lookups.word(segment.id) if segment else "", live=segment_references.reacting(db.session(), segment.id) if segment else [],
    )  # fmt: skip


def _count(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"
