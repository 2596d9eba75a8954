"""What a message looks like: the mail itself for its frame, a test to oneself, and the people who would get nothing."""

import base64
import re
import uuid
from collections.abc import Callable

from flask import Response, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from domain.distributions.audience import left_out, reasons
from domain.distributions.audience import size as audience
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan import names
from domain.distributions.preview import preview, send_test
from domain.kernel.base import Prefix, inside, outside
from domain.kernel.errors import Stale
from domain.messages.pictures import addresses
from domain.tables.distributions import Distribution
from integrations.contract import Fate
from webapp import security
from webapp.access import actor, me, needs
from webapp.database import db
from webapp.distributions.blueprint import blueprint
from webapp.distributions.layout import distribution_or_404
from webapp.distributions.wizard.save import save_step
from webapp.distributions.wizard.state import stand_in
from webapp.http_client import http
from webapp.pages import go, say, show, toast, wants_block
from webapp.pictures import draw

DARK = "<style>html{background:#fff;filter:invert(.92) hue-rotate(180deg)}img{filter:invert(1) hue-rotate(180deg)}</style>"
"""As mail programs do that turn colours around by themselves."""
OWN_DARK = "@media (prefers-color-scheme: dark)"
HEAD = re.compile(r"</head>|<body", re.IGNORECASE)


@blueprint.get("/<id>/preview/<key>")
@needs("see")
def framed(id: uuid.UUID, key: str) -> ResponseReturnValue:
    """The mail by itself, without scripts, for the frame of the preview."""
    spec = draft.working(distribution_or_404(id))
    channel = spec.channel(key)
    made = (
        preview.of(db.session(), spec, channel, stand_in(db.session(), spec), id)
        if channel
        else preview.Preview({}, "This channel is gone.")
    )
    body = (
        made.parts.get("html")
        or f"<!doctype html><p style='font:14px sans-serif;padding:1rem'>{escape(made.problem or 'Nothing to show yet.')}</p>"
    )
    body = with_pictures(body)
    body = in_the_dark(body) if request.args.get("view") == "dark" else in_the_light(body)
    return security.framed(make_response(body, {"Content-Type": "text/html; charset=utf-8"}))


def in_the_dark(body: str) -> str:
    """The mail as a program in the dark shows it: by its own colours where it has some, turned around where it has none."""
    if OWN_DARK in body:
        return body.replace(OWN_DARK, "@media all")
    at = HEAD.search(body)
    return f"{body[: at.start()]}{DARK}{body[at.start() :]}" if at else DARK + body


def in_the_light(body: str) -> str:
    """The mail as a program in the light shows it, also to somebody who works in the dark."""
    return body.replace(OWN_DARK, "@media not all")


def with_pictures(body: str) -> str:
    """The mail with its example pictures inside and with our own from here, wherever people will reach them."""
    body = addresses.moved(body, "")
    drawn = {preview.EXAMPLES["qr"]: draw.qr("EXAMPLE", 8, "png"), preview.EXAMPLES["barcode"]: draw.bars("EXAMPLE", 2, "png")}
    for path, made in drawn.items():
        if path in body:
            body = re.sub(rf"https?://[^\s\"'<>]*{re.escape(path)}", f"data:image/png;base64,{base64.b64encode(made).decode()}", body)
    return body


@blueprint.post("/<id>/test/<key>")
@needs("edit distributions")
def test(id: uuid.UUID, key: str) -> ResponseReturnValue:
    """Send it to somebody here, marked [TEST]; it takes no code."""
    session, row = db.session(), distribution_or_404(id)
    back = url_for("distributions.step", id=id, step="channels")
    try:
        if "row_version" in request.form:
            save_step(row, "channels")  # what is tested is what stands on the page, saved or not
            session.commit()
        spec = draft.working(row)
        channel = spec.channel(key)
        if channel is None:
            raise NotNow("This channel is gone.")
        to = request.form.get(f"{key}-to", "") or me().email
        ready = send_test.prepare(session, (row.id, row.name), spec, channel, stand_in(session, spec), to)
    except (NotNow, Stale) as why:
        return _told(row, str(why), back, bad=True)
    session.commit()  # no transaction is open during the call
    outcome = send_test.call(ready, http())
    send_test.record(session, ready, outcome, actor())
    session.commit()
    where = ready.message.address or "the webhook"
    if outcome.fate is Fate.ACCEPTED:
        return _told(row, f"The test is on its way to {where}. It used no code.", back)
    return _told(row, f"The test did not arrive at {where}: {outcome.reason or outcome.fate}", back, bad=True)


def _told(row: Distribution, text: str, back: str, bad: bool = False) -> ResponseReturnValue:
    kind, icon = ("bad", "circle-alert") if bad else ("", "send")
    if wants_block():
        answer = say(text, kind=kind, icon=icon)
        answer.data += render_template("distributions/wizard/_row_version.html", row=distribution_or_404(row.id), oob=True).encode()
        return answer
    toast(text, kind=kind, icon=icon)
    return go(back)


@blueprint.get("/<id>/people")
@needs("see")
def reached_people(id: uuid.UUID) -> ResponseReturnValue:
    """Everybody of the audience who gets it."""
    launched = request.args.get("launched")
    return _people(id, left_out.REACHED, lambda after: url_for("distributions.reached_people", id=id, launched=launched, after=after))


@blueprint.get("/<id>/left-out/<reason>")
@needs("see")
def left_out_people(id: uuid.UUID, reason: str) -> ResponseReturnValue:
    """Everybody of the audience who gets nothing for this reason."""
    return _people(id, reason, lambda after: url_for("distributions.left_out_people", id=id, reason=reason, after=after))


def _people(id: uuid.UUID, why: str, page: Callable[[str | None], str]) -> ResponseReturnValue:
    """A list of them; `page` gives the address of the page behind a customer."""
    row, session = distribution_or_404(id), db.session()
    spec = Spec.shown(row.spec) if "launched" in request.args else draft.working(row)
    after = inside(Prefix.CUSTOMER, request.args.get("after", ""))
    people = left_out.people(session, spec, why, after)
    older = page(outside(Prefix.CUSTOMER, people[-1].id)) if len(people) == 50 else None
    return show(
        "distributions/left_out.html",
        row=row,
        reason=why,
        reached=why == left_out.REACHED,
        words=reasons.words(why),
        hint=reasons.hint(why),
        people=people,
        older=older,
        counted=left_out.count(session, spec),
        names=names.of(session, [spec]),
    )


@blueprint.get("/<id>/crowd")
@needs("see")
def audience_now(id: uuid.UUID) -> Response:
    """The audience beside the step, while its segment is still syncing; 204 where nothing changed."""
    spec = draft.working(distribution_or_404(id))
    seen = audience.audience_size(db.session(), spec)
    stamp = f"{seen.count}-{seen.share}-{seen.syncing}" if seen else ""
    if request.args.get("seen") == stamp:
        return Response(status=204)
    after = inside(Prefix.CUSTOMER, request.args.get("after", ""))
    people = audience.some_customers(db.session(), spec, after) if seen and spec.to_segment else []
    return show(
        "distributions/wizard/audience.html",
        "crowd",
        row=distribution_or_404(id),
        spec=spec,
        crowd=seen,
        out=left_out.count(db.session(), spec),
        sample=people,
        stamp=stamp,
    )
