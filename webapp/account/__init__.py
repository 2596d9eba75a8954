"""My account: who I am here, my password, my browsers, how the pages look to me."""

from flask import Blueprint

blueprint = Blueprint("account", __name__, url_prefix="/account")

from webapp.account import second_factor, views  # noqa: E402, F401 - views hang themselves on the blueprint
