"""The addresses of pictures. A token names a voucher and is good for nothing else; the code itself is not in the address."""

import re
import uuid
from collections.abc import Callable

from flask import Response, abort, request

from domain.kernel import secrets
from domain.kernel.public_paths import BARCODE, EXAMPLE, PICTURE, QR
from domain.messages.pictures import addresses
from domain.tables.incentives import Voucher
from domain.workspace.pictures import keep
from webapp.access import public
from webapp.database import db
from webapp.pictures import blueprint, draw, social

TYPES = {"png": "image/png", "svg": "image/svg+xml"}
SIZES = range(1, 101)
SOCIAL = re.compile(rf"social-({'|'.join(social.SIGNS)})-([0-9a-f]{{6}})")


@blueprint.get(QR.rule)
@public
def qr(token: str, format: str) -> Response:
    """A QR code of the voucher; `size` is the pixels of a module, 1 to 100."""
    return _picture(token, format, draw.qr, default=8)


@blueprint.get(BARCODE.rule)
@public
def bars(token: str, format: str) -> Response:
    """A barcode of the voucher; `size` is the pixels of a module, 1 to 100."""
    return _picture(token, format, draw.bars, default=2)


@blueprint.get(PICTURE.rule)
@public
def own(word: str, ending: str) -> Response:
    """A picture that was uploaded for mails, or the icon of a network (`social-youtube-0b7a5b`)."""
    if sign := SOCIAL.fullmatch(word):
        return _drawn(social.icon(sign[1], sign[2]), "png") if ending == "png" else abort(404)
    picture = keep.by_word(db.session(), word)
    if picture is None or addresses.ENDINGS[picture.type] != ending:
        abort(404)
    response = _kept(Response(picture.body, mimetype=picture.type))
    response.set_etag(picture.digest)
    response.make_conditional(request)
    return response


def _picture(token: str, format: str, draw_it: Callable[[str, int, str], bytes], default: int) -> Response:
    wanted = request.args.get("format", format)
    size = request.args.get("size", default, type=int)
    if wanted not in TYPES:
        abort(404)
    if size not in SIZES:
        abort(400, "The size is the number of pixels of a module, from 1 to 100.")
    if token == EXAMPLE:
        return _drawn(draw_it("EXAMPLE", size, wanted), wanted)
    subject = secrets.subject_of("qr", token)
    voucher = db.session.get(Voucher, uuid.UUID(hex=subject)) if subject else None
    if voucher is None:
        abort(404)
    try:
        picture = draw_it(voucher.code, size, wanted)
    except ValueError as wrong:
        abort(422, str(wrong))
    return _drawn(picture, wanted)


def _drawn(picture: bytes, wanted: str) -> Response:
    return _kept(Response(picture, mimetype=TYPES[wanted]))


def _kept(response: Response) -> Response:
    """Whoever was shown it may keep it for a year: it never changes."""
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mails and shops show it on pages of their own
    return response
