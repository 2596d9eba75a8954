"""See segments: the list, one of them with its members and what changed lately, and why somebody is in it or not."""

from flask import Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from werkzeug.exceptions import NotFound

from domain import conditions
from domain.customers.facts.catalogue import known, moment
from domain.customers.facts.values import values
from domain.customers.profiles import find
from domain.journal.events import EventKind
from domain.kernel.base import Prefix, folded, inside
from domain.tables.customers import Customer, Member, Segment
from domain.tables.journal import Event
from webapp import paging
from webapp.access import needs
from webapp.database import db
from webapp.pages import show
from webapp.segments import blueprint, lookups, presenters
from webapp.segments.preview import called

LATELY = 12
MEMBERS = 20


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """Every segment, by name."""
    asked, kind = request.args.get("q", "").strip()[:200], request.args.get("kind", "")
    query = select(Segment)
    if asked:
        query = query.where(Segment.name_key.contains(folded(asked), autoescape=True))
    if kind in {"manual", "dynamic"}:
        query = query.where(Segment.kind == kind)
    page = paging.page(db.session(), query, [Segment.name_key.expression, Segment.id.expression], descending=False)
    rows = presenters.rows([row[0] for row in page.rows], known(db.session()))
    return show("segments/index.html", "rows", rows=rows, page=page, q=asked, kind=kind, address=presenters.address)


@blueprint.get("/<id>/row")
@needs("see")
def row(id: str) -> Response:
    """One line of the list, where it changed since it was drawn."""
    return _changed("segments/_row.html", id)


@blueprint.get("/<id>/state")
@needs("see")
def state(id: str) -> Response:
    """Size and sync of one segment, where they changed since they were drawn."""
    return _changed("segments/_state.html", id)


def _changed(template: str, id: str) -> Response:
    row = presenters.rows([lookups.one(id)], known(db.session()))[0]
    if request.args.get("seen") == row.mark:
        return make_response("", 204)
    return make_response(render_template(template, row=row, address=presenters.address, fresh=True))


@blueprint.get("/<id>")
@needs("see")
def detail(id: str) -> ResponseReturnValue:
    """One segment: who is in, what changed, who needs it."""
    return detail_page(lookups.one(id))


def detail_page(segment: Segment, status: int = 200, trouble: str = "") -> Response:
    """The page of one segment; `trouble` says why a command about it was refused."""
    session, asked = db.session(), request.args.get("q", "").strip()[:200]
    page = paging.page(session, members(segment, asked), [Member.customer_id.expression], size=MEMBERS)
    row = presenters.rows([segment], known(session))[0]
    return show(
        "segments/detail.html", "members", status=status, row=row, segment=segment, page=page, q=asked, lately=_lately(segment),
        address=presenters.address, called=called, trouble=trouble,
    )  # fmt: skip


def members(segment: Segment, asked: str = "") -> Select[Customer]:
    """The customers in it whose name, e-mail, phone or id begins with what is asked."""
    people = find.matching(find.CustomerFilter(text=asked)) if asked else select(Customer)
    return people.join(Member, Member.customer_id == Customer.id).where(Member.segment_id == segment.id)


def _lately(segment: Segment) -> list[tuple[Event, Customer]]:
    """The newest events of entering and leaving, with whose they are."""
    ids = [
        id
        for kind in (EventKind.ENTERED, EventKind.LEFT)
        for id in db.session.scalars(
            select(Event.id).where(Event.subject_id == segment.id, Event.kind == kind).order_by(Event.id.desc()).limit(LATELY)
        )
    ]
    query = select(Event, Customer).join(Customer, Customer.id == Event.customer_id).where(Event.id.in_(ids))
    return [(row[0], row[1]) for row in db.session.execute(query.order_by(Event.id.desc()).limit(LATELY))]


@blueprint.get("/<id>/why/<customer>")
@needs("see")
def why(id: str, customer: str) -> ResponseReturnValue:
    """Why somebody is in a segment, or not: each condition with the value it saw."""
    segment, session = lookups.one(id), db.session()
    customer_id = inside(Prefix.CUSTOMER, customer)
    person = session.get(Customer, customer_id) if customer_id else None
    if person is None:
        raise NotFound("There is no such customer.")
    facts, member = known(session), session.get(Member, (segment.id, person.id))
    verdict = conditions.explain(segment.condition, values(session, person.id), facts, moment(session)) if segment.condition else None
    return show("segments/why.html", segment=segment, id=id, name=called(person), customer=customer, member=member, verdict=verdict)
