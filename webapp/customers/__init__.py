"""Pages about customers: the list, one customer, adding and changing them, and imports of many."""

from flask import Blueprint

blueprint = Blueprint("customers", __name__, url_prefix="/customers")

from webapp.customers import commands, edit, import_columns, imports, listing, lookups, own_fields, profile  # noqa: E402, F401 - views need the blueprint
