"""Every delivery: the list with its filters in the URL, one delivery with its message, and the list as CSV."""

import uuid
from collections.abc import Iterator

from flask import Response, abort, make_response, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from domain.distributions.audience import reasons
from domain.distributions.mistakes import NotNow
from domain.incentives.codes.reveal import masked
from domain.insight.reports import find_deliveries as find
from domain.insight.reports import report, story
from domain.kernel.base import Prefix, outside
from domain.kernel.text import csv_writer
from domain.sending.calls import exchanges, resend
from domain.sending.calls.provider_call import place
from domain.sending.calls.retry import RETRIABLE, Chosen, helps, retry
from domain.tables.customers import Customer
from domain.tables.distributions import Distribution
from domain.tables.incentives import Voucher
from domain.tables.sending import Delivery, Recipient
from webapp import security
from webapp.access import actor, can, needs
from webapp.database import db
from webapp.distributions.layout import distribution_or_404, frame
from webapp.http_client import http
from webapp.pages import go, show, toast
from webapp.paging import page
from webapp.reports import blueprint
from webapp.reports.presenters import step_icon
from webapp.reports.report import channels

MARKS = {
    "accepted": "going", "delivered": "going", "refused": "bad", "bounced": "bad", "complained": "bad", "unsure": "warn", "ready": "warn",
    "open": "next", "leased": "next", "polling": "next",
}  # fmt: skip
SHORT = {
    "pending": "Waits", "ready": "Waits", "leased": "On its way", "open": "On its way", "polling": "On its way", "accepted": "Accepted",
    "refused": "Refused", "unsure": "Unsure", "skipped": "Left out", "delivered": "Delivered", "bounced": "Bounced", "complained": "Spam",
}  # fmt: skip
CHUNK = 2000


def state(delivery: Delivery) -> tuple[str, str]:
    """The word and the mark of a delivery's state."""
    if delivery.state == "delivered" and delivery.opened_at:
        return "Opened", "going"
    return SHORT.get(delivery.state, delivery.state), MARKS.get(delivery.state, "")


def asked() -> find.DeliveryFilter:
    """The filter of the URL."""
    args = request.args
    return find.DeliveryFilter(
        args.get("q", "")[:200], args.get("state", ""), args.get("channel", ""), args.get("reason"), by_code=can("reveal codes")
    )


def code(voucher: Voucher | None) -> str:
    """The code, or its end for whoever may not read codes."""
    if voucher is None:
        return ""
    return voucher.code if can("reveal codes") else masked(voucher.code)


@blueprint.get("/<id>/deliveries")
@needs("see")
def deliveries(id: uuid.UUID) -> ResponseReturnValue:
    """The list, newest first."""
    row, wanted = distribution_or_404(id), asked()
    told = page(db.session(), find.query(id, wanted), by=[Delivery.id])
    return show(
        "reports/deliveries.html", "list", **frame(row), page=told, asked=wanted, ways=channels(report.plan_of(db.session(), row)),
        states=find.STATES, state_of=state, code=code, reason_of=reasons.words, filters=request.args.to_dict(),
    )  # fmt: skip


@blueprint.get("/<id>/deliveries.csv")
@needs("see")
def csv(id: uuid.UUID) -> ResponseReturnValue:
    """The same deliveries as a file, streamed."""
    row, wanted = distribution_or_404(id), asked()
    body = stream_with_context(csv_writer.lines(_lines(row.id, wanted)))
    name = "".join(c if c.isalnum() else "-" for c in row.name.lower()).strip("-")[:60] or "distribution"
    disposition = f'attachment; filename="deliveries-{name.encode("ascii", "ignore").decode()}.csv"'
    return Response(body, mimetype="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


HEAD = ("delivery", "customer", "source_id", "name", "address", "channel", "state", "reason", "code", "sent_at", "opened_at", "clicked_at")


def _lines(id: uuid.UUID, wanted: find.DeliveryFilter) -> Iterator[tuple[object, ...]]:
    """In pages, each read by a statement of its own, so that no snapshot stays open for long."""
    yield HEAD
    after = None
    while True:
        query = find.query(id, wanted).order_by(Delivery.id).limit(CHUNK)
        rows = db.session.execute(query.where(Delivery.id > after) if after else query).all()
        for delivery, customer, _, voucher in rows:
            yield _line(delivery, customer, voucher)
        if len(rows) < CHUNK:
            return
        after = rows[-1][0].id
        db.session.rollback()
        db.session.expunge_all()


def _line(delivery: Delivery, customer: Customer | None, voucher: Voucher | None) -> tuple[object, ...]:
    times = (delivery.sent_at, delivery.opened_at, delivery.clicked_at)
    return (
        outside(Prefix.DELIVERY, delivery.id), outside(Prefix.CUSTOMER, delivery.customer_id), customer.source_id if customer else "",
        customer.name if customer else "", delivery.address, delivery.channel, state(delivery)[0].lower(), reasons.words(delivery.reason),
        code(voucher), *(at.isoformat(timespec="seconds") if at else "" for at in times),
    )  # fmt: skip


def _found(id: uuid.UUID, delivery: uuid.UUID) -> tuple[Delivery, Customer | None, Recipient, Voucher | None]:
    row = db.session.execute(find.query(id, find.DeliveryFilter()).where(Delivery.id == delivery)).one_or_none()
    return tuple(row) if row is not None else abort(404)  # type: ignore[return-value] # a row is its columns


@blueprint.get("/<id>/deliveries/<delivery>")
@needs("see")
def delivery(id: uuid.UUID, delivery: uuid.UUID) -> ResponseReturnValue:
    """One delivery: its timeline and the exact message."""
    row = distribution_or_404(id)
    one, customer, recipient, voucher = _found(id, delivery)
    ways = channels(report.plan_of(db.session(), row))
    parts = _parts(one, ways.get(one.channel, ("", "", "", False))[2])
    return show(
        "reports/delivery.html", "tab", **frame(row), one=one, customer=customer, recipient=recipient, ways=ways, parts=parts,
        code=code(voucher), lines=story.timeline(db.session(), one), step_icon=step_icon,
        state_of=state, reason_of=reasons.words, hint_of=reasons.hint,
        exchanges=exchanges.of(db.session(), one.id), again=_again(row, one),
        others=[d for d in story.siblings(db.session(), recipient.id) if d.id != one.id],
    )  # fmt: skip


def _again(row: Distribution, one: Delivery) -> str:
    """What its button does: `retry` what failed, `repeat` what was accepted, or nothing."""
    if row.status in {"sending", "paused", "live", "done"} and helps(db.session(), one):
        return "retry"
    return "repeat" if one.state == "accepted" and resend.may(db.session(), one) else ""


@blueprint.post("/<id>/deliveries/<delivery>/again")
@needs("launch")
def send_again(id: uuid.UUID, delivery: uuid.UUID) -> ResponseReturnValue:
    """Try a failed one again, or repeat an accepted one, under the id it has."""
    session, (one, *_) = db.session(), _found(id, delivery)
    here = url_for(".delivery", id=id, delivery=delivery)
    if one.state in RETRIABLE:
        count = retry(session, id, Chosen(one.state, deliveries=(one.id,)), actor())
        session.commit()
        toast(
            "It is tried again, under the same id." if count else "Another attempt would change nothing, or the distribution was stopped."
        )
        return go(here)
    try:
        call = resend.prepare(session, one, actor())
    except NotNow as why:
        session.rollback()
        toast(str(why), icon="circle-alert", kind="bad")
        return go(here)
    session.commit()  # no transaction is open during the call
    taken, said = resend.record(session, call, place(call, http()), actor())
    session.commit()
    if taken:
        toast("Sent again, and taken.", icon="rotate-ccw")
    else:
        toast(f"It was sent again and not taken: {said}", icon="circle-alert", kind="bad")
    return go(here)


def _parts(one: Delivery, kind: str) -> dict[str, str]:
    return story.message(db.session(), one, kind, codes=can("reveal codes"))


@blueprint.get("/<id>/deliveries/<delivery>/mail")
@needs("see")
def mail(id: uuid.UUID, delivery: uuid.UUID) -> ResponseReturnValue:
    """The mail by itself, without scripts, for its frame."""
    one, *_ = _found(id, delivery)
    parts = _parts(one, "email")
    body = parts.get("html") or f"<!doctype html><pre>{escape(parts.get('text', ''))}</pre>"
    return security.framed(make_response(body, {"Content-Type": "text/html; charset=utf-8"}))
