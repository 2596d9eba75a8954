"""How is this installation? /healthz asks the process alone, /readyz whether it can do its work, in JSON for operators."""

from flask import Flask, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

import logs
from domain.insight.operation import readiness
from webapp.access import public
from webapp.database import db

log = logs.log(__name__)
REMEDIES = {"database": "Start it, or correct DATABASE_URL."} | {check.key: check.remedy for check in readiness.CHECKS}


def init_app(app: Flask) -> None:
    """Answer /healthz and /readyz."""
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)


@public
def healthz() -> Response:
    """Whether this process answers. Nothing else is asked: one that is restarted does not bring a database back."""
    return Response("Alive.\n", mimetype="text/plain")


@public
def readyz() -> Response:
    """200 where every question is answered well, else 503; what is wrong, and what to do, by the key of the question."""
    found: dict[str, list[str]] = {"database": []}
    try:
        found |= readiness.findings(db.session())
    except SQLAlchemyError as why:
        log.warning("the database does not answer", error=type(why).__name__)
        found["database"] = [f"The database does not answer, or not as expected: {type(why).__name__}."]
    finally:
        db.session.rollback()
    wrong = {key: {"wrong": said, "remedy": REMEDIES[key]} for key, said in found.items() if said}
    answer = jsonify(ready=not wrong, wrong=wrong, asked=sorted(found))
    answer.status_code = 503 if wrong else 200
    return answer


for view in (healthz, readyz):
    view.skips_sign_in = True  # type: ignore[attr-defined] # a mark of views, asked for by its name
