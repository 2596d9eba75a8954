"""What became of a distribution: progress and report, every delivery, and why somebody did or didn't get it.

The pages are tabs of the distribution's page; ids stand in addresses as people see them (`distr_…`, `dlv_…`).
"""

import uuid
from typing import Any

from flask import Blueprint, abort

from domain.kernel.base import Prefix, inside, outside

blueprint = Blueprint("reports", __name__, url_prefix="/distributions")


@blueprint.url_value_preprocessor
def _inside(endpoint: str | None, values: dict[str, Any] | None) -> None:
    for name, prefix in (("id", Prefix.DISTRIBUTION), ("delivery", Prefix.DELIVERY)):
        if values and name in values:
            values[name] = inside(prefix, values[name]) or abort(404)


@blueprint.url_defaults
def _outside(endpoint: str, values: dict[str, Any]) -> None:
    for name, prefix in (("id", Prefix.DISTRIBUTION), ("delivery", Prefix.DELIVERY)):
        if isinstance(values.get(name), uuid.UUID):
            values[name] = outside(prefix, values[name])


from webapp.reports import deliveries, report, why  # noqa: E402, F401 - views hang themselves on the blueprint
