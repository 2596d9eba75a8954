"""Ask after an export: GET /v1/exports/{exportId}."""

from domain.kernel.base import Prefix, inside
from domain.tables.journal import Job
from domain.tables.workspace import public_url
from webapp.api.door.errors import not_found
from webapp.api.exports.models import ExportShape, export
from webapp.api.operation import ApiCall, Nothing, operation
from webapp.api.orders.export import KIND
from webapp.database import db
from webapp.formatting import project


@operation("GET", "/v1/exports/{exportId}", verb="shop", query=Nothing, body=Nothing, answers=ExportShape)
def get_export(call: ApiCall[Nothing, Nothing]) -> ExportShape:
    """One export, with the address of its file: it holds the orders as they are when it is fetched, within a day."""
    id = inside(Prefix.EXPORT, call.path["exportId"])
    job = db.session.get(Job, id) if id else None
    if job is None or job.kind != KIND:
        raise not_found("export", call.path["exportId"])
    return export(job, public_url(project()))
