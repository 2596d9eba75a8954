"""Campaigns: their pools, their codes, and promotions with tiers."""

from flask import Blueprint

blueprint = Blueprint("campaigns", __name__, url_prefix="/campaigns")

from webapp.campaigns import codes, lists, pool, promotions, views  # noqa: E402, F401 - views hang themselves on the blueprint
