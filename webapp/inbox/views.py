"""Pages of the sandbox inbox."""

import re
import uuid
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from domain.insight.inbox import find, read
from domain.insight.inbox.find import InboxFilter, InboxRow
from domain.journal import audit
from domain.kernel import clock
from domain.kernel.base import Prefix, inside, outside
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from webapp.access import actor, can, me, needs
from webapp.database import db
from webapp.inbox import blueprint
from webapp.inbox.timeline import moments
from webapp.links import page_of
from webapp.pages import go, show, toast
from webapp.security import FRAMED, framed

_PICTURES = re.compile(r"img-src [^;]*")
ICONS = {"email": "mail", "sms": "message-square", "webhook": "webhook"}
LABELS = {"email": "Mail", "sms": "SMS", "webhook": "Webhook"}
FILTERS = ("kind", "q", "customer", "distribution", "before", "after")
VIEWS = {
    "email": (("", "Mail"), ("text", "Plain text"), ("source", "Source"), ("timeline", "Timeline")),
    "sms": (("", "Message"), ("timeline", "Timeline")),
    "webhook": (("", "Body"), ("timeline", "Timeline")),
}
WIDTHS = (("", "Desktop", "monitor"), ("phone", "Phone", "smartphone"), ("dark", "Dark", "moon"))


@blueprint.get("")
@needs("see")
def index() -> ResponseReturnValue:
    """All letters, newest first; looking at them is what makes them read."""
    page = _page()
    me().inbox_seen_at = clock.now(db.session())
    db.session.commit()
    return page


@blueprint.get("/<id>")
@needs("see")
def one(id: str) -> ResponseReturnValue:
    """One letter beside the list; on a phone, alone."""
    return _page(_found(id))


@blueprint.get("/<id>/mail")
@needs("see")
def mail(id: str) -> ResponseReturnValue:
    """The HTML of a mail, for the frame: without scripts, and without pictures for whoever may not see codes."""
    letter = read.letter(db.session(), _found(id), codes=can("reveal codes"))
    response = framed(
        Response(letter.parts.get("html") or render_template("inbox/nothing.html", text=letter.gone or letter.parts.get("text", "")))
    )
    if not can("reveal codes"):
        response.headers["Content-Security-Policy"] = _PICTURES.sub("img-src 'none'", FRAMED)
    return response


@blueprint.post("/empty")
@needs("edit distributions")
def empty() -> ResponseReturnValue:
    """Hide everything up to now, for everybody."""
    session = db.session()
    find.empty(session)
    audit.record(session, actor(), "empty sandbox inbox", "project")
    session.commit()
    toast("The inbox is empty. Reports and timelines keep everything.")
    return go(url_for(".index"))


def _page(opened: InboxRow | None = None) -> ResponseReturnValue:
    session = db.session()
    asked = _asked()
    page = find.page(session, asked)
    codes, seen = can("reveal codes"), me().inbox_seen_at
    letters = [read.letter(session, found, codes=codes) for found in page.letters]
    letter = read.letter(session, opened, codes=codes) if opened else letters[0] if letters else None
    view = request.args.get("view", "")
    return show(
        "inbox/index.html",
        letters=letters,
        letter=letter,
        chosen=opened is not None,
        fresh={one.found.id for one in letters if seen is None or one.found.at > seen},
        older=_to(before=page.older) if page.older else None,
        newer=_to(after=page.newer) if page.newer else None,
        kinds=[(kind, label, _to(kind=kind, fresh=True), kind == asked.kind) for kind, label in (("", "All"), *find.KINDS.items())],
        chips=_chips(asked),
        asked=asked,
        views=VIEWS.get(letter.found.kind, ()) if letter else (),
        view=view,
        widths=WIDTHS,
        source=read.source(session, letter, codes=codes) if letter and view == "source" else "",
        moments=moments(session, letter.found) if letter and view == "timeline" else (),
        icons=ICONS,
        labels=LABELS,
        to=_letter_url,
        customer_url=lambda of: page_of(Prefix.CUSTOMER, of),
        distribution_url=lambda of: page_of(Prefix.DISTRIBUTION, of),
        list_url=_to(),
    )


def _asked() -> InboxFilter:
    args = request.args
    return InboxFilter(
        kind=args.get("kind", "") if args.get("kind") in find.KINDS else "",
        words=args.get("q", "")[:100],
        customer_id=inside(Prefix.CUSTOMER, args.get("customer", "")),
        distribution_id=inside(Prefix.DISTRIBUTION, args.get("distribution", "")),
        before=_id(args.get("before", "")),
        after=_id(args.get("after", "")),
    )


def _id(word: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=word)
    except ValueError:
        return None


def _found(id: str) -> InboxRow:
    inner = inside(Prefix.DELIVERY, id) or _id(id.removeprefix("test_"))
    found = find.one(db.session(), inner) if inner and inner.int else None
    if found is None:
        abort(404)
    return found


def _chips(asked: InboxFilter) -> list[tuple[str, str, str]]:
    """Filters beyond words and kind, as label, value and the address without them."""
    chips = []
    if asked.customer_id and (customer := db.session.get(Customer, asked.customer_id)):
        chips.append(("To", customer.name or customer.email or "a customer", _to(customer="")))
    if asked.distribution_id and (distribution := db.session.get(Distribution, asked.distribution_id)):
        chips.append(("Because of", distribution.name, _to(distribution="")))
    return chips


def _filters(**changes: Any) -> dict[str, str]:
    kept = {name: request.args.get(name, "") for name in FILTERS}
    if changes.pop("fresh", False) or {"before", "after", "customer", "distribution"} & set(changes):
        kept |= {"before": "", "after": ""}
    changed = {name: value.hex if isinstance(value, uuid.UUID) else value for name, value in changes.items()}
    return {name: value for name, value in {**kept, **changed}.items() if value}


def _to(**changes: Any) -> str:
    """The address of the list with these filters changed."""
    return url_for(".index", **_filters(**changes))  # type: ignore[arg-type] # the values of a query, none of url_for's own


def _letter_url(found: InboxRow, endpoint: str = "one", **more: str) -> str:
    """The address of a letter; the filters of the list stay."""
    id = outside(Prefix.DELIVERY, found.id) if found.source == "delivery" else f"test_{found.id.hex}"
    filters = _filters() if endpoint == "one" else {}
    return url_for(f".{endpoint}", id=id, **filters, **{name: value for name, value in more.items() if value})  # type: ignore[arg-type] # the values of a query, none of url_for's own
