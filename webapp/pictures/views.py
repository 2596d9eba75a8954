"""The two addresses. The token names a voucher and is good for nothing else; the code itself is not in the address."""

import uuid
from collections.abc import Callable

from flask import Response, abort, request

from domain.kernel import secrets
from domain.kernel.public_paths import BARCODE, EXAMPLE, QR
from domain.tables.incentives import Voucher
from webapp.access import public
from webapp.database import db
from webapp.pictures import blueprint, draw

TYPES = {"png": "image/png", "svg": "image/svg+xml"}
SIZES = range(1, 101)


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
    response = Response(picture, mimetype=TYPES[wanted])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # mails and shops show it on pages of their own
    return response
