"""Is this installation ready? 200 when the database answers and has every migration; supervisors and load balancers ask."""

import functools
from pathlib import Path

from flask import Flask, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import logs
from webapp.access import public
from webapp.database import db

MIGRATIONS = Path(__file__).parent.parent / "migrations" / "versions"
log = logs.log(__name__)


def init_app(app: Flask) -> None:
    """Answer /healthz."""
    app.add_url_rule("/healthz", "healthz", healthz)


@functools.cache
def newest_migration() -> str:
    """The revision that the code needs: files are numbered, in one line."""
    return max(f.stem.partition("_")[0] for f in MIGRATIONS.glob("[0-9]*.py"))


@public
def healthz() -> Response:
    """Ready, or in one line why not."""
    try:
        at = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        log.warning("the database does not answer", exc_info=True)
        return Response("The database does not answer.\n", 503, mimetype="text/plain")
    if at != newest_migration():
        return Response(f"The database is at migration {at}, the program needs {newest_migration()}.\n", 503, mimetype="text/plain")
    return Response("Ready.\n", mimetype="text/plain")


healthz.skips_sign_in = True  # type: ignore[attr-defined]
