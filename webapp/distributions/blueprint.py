"""The blueprint of distributions. Ids stand in addresses as people see them elsewhere (`distr_…`); views get the UUID."""

import json
import uuid
from typing import Any

from flask import Blueprint, abort

from domain.distributions.audience.reasons import words
from domain.kernel.base import Prefix, inside, outside
from integrations import outside_json

blueprint = Blueprint("distributions", __name__, url_prefix="/distributions")
blueprint.add_app_template_global(outside, "outside")
blueprint.add_app_template_global(words, "reason_words")


@blueprint.app_template_filter()
def pretty_json(text: str) -> str:
    """JSON with one key a line; what is none stays as it is."""
    try:
        return json.dumps(outside_json.read(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


@blueprint.url_value_preprocessor
def _inside(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "id" in values:
        values["id"] = inside(Prefix.DISTRIBUTION, values["id"]) or abort(404)


@blueprint.url_defaults
def _outside(endpoint: str, values: dict[str, Any]) -> None:
    if isinstance(values.get("id"), uuid.UUID):
        values["id"] = outside(Prefix.DISTRIBUTION, values["id"])
