"""What does an export look like, and where is its file?"""

from typing import Any, Literal

from domain.kernel import secrets
from domain.kernel.base import Prefix, outside
from domain.kernel.public_paths import EXPORT
from domain.tables.journal import Job
from webapp.api.fields import ApiAnswer
from webapp.api.shapes.voucher import moment

PURPOSE = "export"
"""What the token in the address of a file is good for."""


class ExportResult(ApiAnswer):
    """Where the file is; the address needs no key and is good for a day."""

    url: str


class ExportShape(ApiAnswer):
    """A file that was asked for."""

    id: str
    object: Literal["export"]
    created_at: str | None
    status: Literal["SCHEDULED", "DONE"]
    channel: Literal["API"]
    exported_object: Literal["order"]
    parameters: dict[str, Any]
    result: ExportResult | None
    user_id: None


def export(job: Job, public_url: str = "") -> ExportShape:
    """The export; with the address of its file where `public_url` is given."""
    url = EXPORT.address(public_url, token=secrets.token(PURPOSE, job.id.hex))
    return ExportShape(
        id=outside(Prefix.EXPORT, job.id),
        object="export",
        created_at=moment(job.created_at),
        status="DONE" if public_url else "SCHEDULED",
        channel="API",
        exported_object="order",
        parameters=job.cursor,
        result=ExportResult(url=url) if public_url else None,
        user_id=None,
    )
