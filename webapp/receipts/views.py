"""Take what a provider posts: is the address one of ours, is the signature right? Then keep it as it came and answer."""

from flask import Response, request
from flask.typing import ResponseReturnValue

import logs
from domain.connections import configured, inbound
from domain.tables import workspace
from webapp.access import public
from webapp.database import db
from webapp.receipts import blueprint
from webapp.receipts.rate_limit import too_often
from webapp.security import csrf

log = logs.log(__name__)
LIMIT = 8 * 1024 * 1024
"""Bytes of one post: Mandrill packs a thousand events into a form."""


@blueprint.get("/<word>")
@public
def here(word: str) -> Response:
    """Some providers look whether there is anything before they promise to post."""
    if inbound.by_word(db.session(), word) is None:
        return _said("There is nothing at this address.", 404)
    return _said("Post receipts here.", 200)


@blueprint.post("/<word>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
def take(word: str) -> ResponseReturnValue:
    """Keep it for the workers. Whoever posts proves who they are by the random address, and by a signature where there is one."""
    request.max_content_length = LIMIT
    session = db.session()
    connection = inbound.by_word(session, word)
    if connection is None:
        return _said("There is nothing at this address.", 404)
    if too_often(word):
        return _said("Too many posts in this minute. Try again in the next one.", 429)
    body = request.get_data(cache=False)
    headers = {name.lower(): value for name, value in request.headers.items()}
    url = workspace.public_url(workspace.current_project(session)) + request.full_path.rstrip("?")
    try:
        received = inbound.take(session, connection, headers, body, url)
    except configured.Unusable as why:
        log.warning("a receipt cannot be read", connection=connection.name, why=str(why))
        return _said("This address takes nothing now.", 503)
    if received is None:
        return _said("This address takes nothing.", 404)
    if not received.genuine:
        log.warning("a receipt was not genuine", connection=connection.name)
        return _said("The signature does not fit.", 403)
    session.commit()
    return Response(received.reply, 200, mimetype=received.reply_type)


@blueprint.route("/<word>", methods=["HEAD"])
@public
def look(word: str) -> ResponseReturnValue:
    """Some look whether there is somebody before they post."""
    return _said("", 404 if inbound.by_word(db.session(), word) is None else 200)


take.skips_sign_in = True
look.skips_sign_in = True  # type: ignore[attr-defined]


def _said(text: str, status: int) -> Response:
    return Response(text + "\n", status, mimetype="text/plain")
