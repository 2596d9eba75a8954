"""Is this installation ready? 200 when the database answers and has every migration; supervisors and load balancers ask."""

from flask import Flask, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import logs
from resources import newest_migration
from webapp.access import public
from webapp.database import db

log = logs.log(__name__)


def init_app(app: Flask) -> None:
    """Answer /healthz."""
    app.add_url_rule("/healthz", "healthz", healthz)


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
