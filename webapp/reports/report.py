"""The report of a distribution, with live progress while it sends, and “retry these”."""

import uuid
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from domain.connections.configured import Unusable, provider_of
from domain.distributions.plan.plan import Plan
from domain.insight.reports import causes, report
from domain.messages.message import shape
from domain.sending.calls.retry import Chosen, retry
from domain.tables.connections import Connection
from domain.tables.distributions import Distribution
from webapp.access import actor, needs
from webapp.database import db
from webapp.distributions.layout import REPORT, distribution_or_404
from webapp.pages import go, show, toast
from webapp.reports import blueprint

ICONS = {"email": "mail", "sms": "message-square", "webhook": "webhook", "platform": "plug"}


def channels(plan: Plan | None) -> dict[str, tuple[str, str, str, bool]]:
    """Key of a channel -> icon, name of its connection, kind, whether receipts come back."""
    told = {}
    for channel in plan.channels if plan else ():
        connection = db.session.get(Connection, channel.connection_id)
        try:
            mode = provider_of(connection).mode(channel.mode) if connection else None
        except (Unusable, KeyError):
            mode = None
        kind = shape(mode) if mode else ""
        told[channel.key] = (ICONS.get(kind, "plug"), connection.name if connection else "gone", kind, bool(mode and mode.has_receipts))
    return told


def values(row: Distribution) -> dict[str, Any]:
    """What `reports/_report.html` needs."""
    session = db.session()
    plan = report.plan_of(session, row)
    ways = channels(plan)
    used = report.redeemed(session, row, plan)
    slots = report.timeline(session, row)
    return {
        "row": row,
        "progress": report.progress(session, row),
        "ways": ways,
        "redeemed": used,
        "funnel": report.funnel(session, row, used, any(way[3] for way in ways.values())),
        "causes": causes.causes(session, row),
        "by_channel": report.by_channel(session, row),
        "slots": slots,
        "top": max((slot.sent for slot in slots), default=0),
    }


REPORT.append(values)


@blueprint.app_template_global()
def duration(seconds: int) -> str:
    """`1 min 27 s`, `2 h 5 min`."""
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


@blueprint.get("/<id>/report")
@needs("see")
def live(id: uuid.UUID) -> ResponseReturnValue:
    """The report by itself, asked for every two seconds while it sends; 204 while no number changed."""
    row = distribution_or_404(id)
    told = values(row)
    stamp = f"{row.status}-{told['progress'].stamp}"
    if request.args.get("seen") == stamp:
        return Response(status=204)
    return show("reports/live.html", "report", **told)


@blueprint.post("/<id>/retry")
@needs("launch")
def again(id: uuid.UUID) -> ResponseReturnValue:
    """Send the failures of one reason again."""
    row = distribution_or_404(id)
    asked = request.form
    chosen = Chosen(asked.get("state", ""), asked.get("reason", ""), asked.get("channel") or None)
    count = retry(db.session(), row.id, chosen, actor())
    db.session.commit()
    if count:
        toast(f"{count:,} are sent again, with the codes they have.", icon="rotate-ccw")
    else:
        toast(
            "Nothing to send again: another attempt would change nothing, it was stopped, or somebody else was quicker.",
            icon="circle-alert",
            kind="bad",
        )
    return go(url_for("distributions.one", id=id))
