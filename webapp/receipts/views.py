"""Take what a provider posts: is the address one of ours, is the signature right? Then keep it as it came and answer."""

from flask import Response, request
from flask.typing import ResponseReturnValue

import logs
from domain.connections import configured, inbound
from domain.connections.inbound import DoorVerdict
from domain.kernel.public_paths import RECEIPTS
from domain.tables.connections import Connection
from webapp.access import public
from webapp.database import db
from webapp.receipts import backlog, blueprint, rate_limit
from webapp.security import csrf

log = logs.log(__name__)
LIMIT = 8 * 1024 * 1024
"""Bytes of one post: Mandrill packs a thousand events into a form."""
REFUSED = {
    DoorVerdict.FORGED: (403, "The signature does not fit."),
    DoorVerdict.TOO_OLD: (403, "This was signed too long ago, or by a clock that is ahead of ours."),
    DoorVerdict.NOT_TAKEN_HERE: (404, "This address takes nothing."),
}


@blueprint.get(RECEIPTS.rule)
@public
def here(word: str) -> Response:
    """Some providers look whether there is anything before they promise to post."""
    if inbound.by_word(db.session(), word) is None:
        return _said("There is nothing at this address.", 404)
    return _said("Post receipts here.", 200)


@blueprint.post(RECEIPTS.rule)
@csrf.exempt  # type: ignore[untyped-decorator] # a machine posts, without a form of ours
@public
def take(word: str) -> ResponseReturnValue:
    """Keep it for the workers. Whoever posts proves who they are by the random address, and by a signature where there is one."""
    request.max_content_length = LIMIT
    session = db.session()
    found = inbound.door(session, word)
    if found is None:
        return _said("There is nothing at this address.", 404)
    connection, public = found
    if backlog.full(session):
        return _said("More receipts wait here than are kept. Try again later.", 503)
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    url = public + request.full_path.rstrip("?")
    try:
        taken = inbound.take(session, connection, headers, body, url)
    except configured.Unusable as why:
        log.warning("a receipt cannot be read", connection=connection.name, why=str(why))
        return _said("This address takes nothing now.", 503)
    if taken.verdict is not DoorVerdict.TAKEN:
        return _refused(connection, taken.verdict)
    if not taken.signed and rate_limit.too_often(rate_limit.UNSIGNED, word):
        return _too_often()
    session.commit()
    return Response(taken.reply, 200, mimetype=taken.reply_type)


def _refused(connection: Connection, verdict: DoorVerdict) -> Response:
    """What is not believed is counted by its sender, so that a forger holds up nobody else."""
    status, why = REFUSED[verdict]
    if status == 403:
        if rate_limit.too_often(rate_limit.FORGED, connection.receipt_word, request.remote_addr or ""):
            return _too_often()
        log.warning("a receipt was not genuine", connection=connection.name, why=verdict.name)
    return _said(why, status)


def _too_often() -> Response:
    return _said("Too many posts in this minute. Try again in the next one.", 429)


@blueprint.route(RECEIPTS.rule, methods=["HEAD"])
@public
def probe(word: str) -> ResponseReturnValue:
    """Some look whether there is somebody before they post."""
    return _said("", 404 if inbound.by_word(db.session(), word) is None else 200)


take.skips_sign_in = True
probe.skips_sign_in = True  # type: ignore[attr-defined] # a mark of views, asked for by its name


def _said(text: str, status: int) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")
