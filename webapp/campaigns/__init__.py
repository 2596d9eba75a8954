"""Campaigns: their pools, their codes, and promotions with tiers."""

from flask import Blueprint

from webapp.campaigns.url_converters import learn

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")
blueprint.record(learn)

from webapp.campaigns import codes, lists, pool, promotions, views  # noqa: E402, F401 - views hang themselves on the blueprint
