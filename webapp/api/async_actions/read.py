"""What became of a call that answered with an async action? GET /v1/async-actions, and one of them."""

import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, select

from domain.kernel import clock
from domain.kernel.base import Prefix, inside, outside
from domain.tables.journal import Job
from webapp.api.door.errors import not_found, wrong
from webapp.api.fields import ApiAnswer, ApiInput, Limit, Word
from webapp.api.filters import NOBODY, moment
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.shapes.voucher import moment as written
from webapp.database import db

TYPES = {
    "customers_bulk_update": "CUSTOMERS.BULK_UPDATE",
    "customers_metadata_update": "CUSTOMERS.METADATA_UPDATE",
    "import_orders": "ORDERS.IMPORT",
    "generate_codes": "CAMPAIGN.VOUCHERS_GENERATE",
    "import_codes": "CAMPAIGN.VOUCHERS_IMPORT",
    "delete_campaign": "CAMPAIGN.VOUCHERS_DELETE",
}
"""Kind of a job -> what the reference calls it. Other jobs were begun by nobody's call."""
STATES = {"queued": "ENQUEUED", "running": "IN_PROGRESS", "done": "DONE", "failed": "FAILED", "canceled": "FAILED"}

ENDS = {"done": "SUCCESS", "failed": "FAILED", "canceled": "FAILED"}


class ActionsAsked(ApiInput):
    """How many, and from which moment backwards."""

    limit: Limit = 10
    end_date: Word = None


class ActionShape(ApiAnswer):
    """An async action in short."""

    id: str
    type: str
    status: Literal["ENQUEUED", "IN_PROGRESS", "DONE", "FAILED"]
    operation_status: str | None
    created_at: str | None
    updated_at: str | None
    request_id: str | None
    processing_time: int | None
    progress: int
    object: Literal["async_action"]


class Left(ApiAnswer):
    """What was left out, and why."""

    source_id: str
    reason: str


class ActionResult(ApiAnswer):
    """What was done, and what was not."""

    message: str
    done_count: int
    failed_count: int
    failed: list[Left]


class WholeAction(ActionShape):
    """An async action with what came of it; null while it goes on."""

    result: ActionResult | None


class ActionList(ApiAnswer):
    """The last async actions."""

    object: Literal["list"]
    data_ref: Literal["async_actions"]
    async_actions: list[ActionShape]
    has_more: bool


@operation("GET", "/v1/async-actions", verb="read", query=ActionsAsked, body=Nothing, answers=ActionList)
def list_async_actions(call: ApiCall[ActionsAsked, Nothing]) -> ActionList:
    """What was begun, the last first."""
    session, asked = db.session(), call.query
    query = select(Job).where(*_seen(call.caller.campaigns)).order_by(Job.created_at.desc(), Job.id.desc())
    if asked.end_date:
        try:
            query = query.where(Job.created_at < moment(asked.end_date))
        except ValueError as why:
            raise wrong("invalid_query_params", f"end_date {why}.") from why
    rows = list(session.scalars(query.limit(asked.limit + 1)))
    now = clock.now(session)
    shown = [ActionShape(**_facts(job, now)) for job in rows[: asked.limit]]
    return ActionList(object="list", data_ref="async_actions", async_actions=shown, has_more=len(rows) > asked.limit)


@operation("GET", "/v1/async-actions/{asyncActionId}", verb="read", query=Nothing, body=Nothing, answers=WholeAction)
def get_async_action(call: ApiCall[Nothing, Nothing]) -> WholeAction:
    """How far it is, and what was left out."""
    session, text = db.session(), call.path["asyncActionId"]
    id = inside(Prefix.ASYNC_ACTION, text) or NOBODY
    job = session.scalars(select(Job).where(Job.id == id, *_seen(call.caller.campaigns))).one_or_none()
    if job is None:
        raise not_found("async_action", text)
    return WholeAction(**_facts(job, clock.now(session)), result=_result(job))


def _seen(campaigns: frozenset[Any]) -> list[ColumnElement[bool]]:
    """A key of campaigns sees what was done with their codes."""
    return [Job.kind.in_(TYPES), *([Job.subject_id.in_(campaigns)] if campaigns else [])]


def _facts(job: Job, now: datetime.datetime) -> dict[str, Any]:
    ended = job.ended_at or now
    return {
        "id": outside(Prefix.ASYNC_ACTION, job.id),
        "type": TYPES[job.kind],
        "status": STATES[job.state],
        "operation_status": ENDS.get(job.state),
        "created_at": written(job.created_at),
        "updated_at": written(ended),
        "request_id": None,
        "processing_time": max(0, round((ended - job.created_at).total_seconds() * 1000)),
        "progress": 100 if job.ended_at else min(99, job.done * 100 // max(1, job.total)),
        "object": "async_action",
    }


def _result(job: Job) -> ActionResult | None:
    if job.ended_at is None:
        return None
    told = job.report.get("failed")
    failed = [Left(source_id=str(one["source_id"]), reason=str(one["reason"])) for one in told] if isinstance(told, list) else []
    done = job.done - len(failed)
    message = job.error or f"{done} done, {len(failed)} left out."
    return ActionResult(message=message, done_count=done, failed_count=len(failed), failed=failed)
