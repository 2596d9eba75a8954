"""Where do styles, scripts and icons come from? From addresses that change with their content, so that browsers keep them for ever.

The address names a digest of the whole folder: files find each other by relative paths, so no file is rewritten.
"""

import hashlib

from flask import Flask, Response, send_from_directory

import resources
from webapp.access import public

FOLDER = resources.folder("static")
_known: tuple[float, str] = (0.0, "")


def init_app(app: Flask) -> None:
    """Answer /static/<digest>/<file>; `url_for("static", filename=...)` fills in the digest."""
    app.add_url_rule("/static/<digest>/<path:filename>", "static", _send)
    app.url_defaults(_fill_in)
    digest()


def digest() -> str:
    """Ten characters that stand for everything in the folder; computed again when a file has changed."""
    global _known  # noqa: PLW0603 - one process has one folder
    files = sorted(f for f in FOLDER.rglob("*") if f.is_file())
    newest = max((f.stat().st_mtime for f in files), default=0.0)
    if newest != _known[0]:
        content = hashlib.sha256()
        for file in files:
            content.update(str(file.relative_to(FOLDER)).encode() + b"\0" + file.read_bytes())
        _known = (newest, content.hexdigest()[:10])
    return _known[1]


def _fill_in(endpoint: str, values: dict[str, object]) -> None:
    if endpoint == "static":
        values.setdefault("digest", _known[1])


@public
def _send(digest: str, filename: str) -> Response:
    response = send_from_directory(FOLDER, filename)
    kept = digest == _known[1]
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "no-cache"
    return response
