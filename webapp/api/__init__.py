"""The JSON API, for programs: what a customer can redeem, and codes on request. Shapes and errors are Voucherify's.

An operation is one decorated function in a room named after its resource, found by looking; `operation.py` says what one is.
"""

import importlib
import pkgutil

from flask import Blueprint

from webapp.security import csrf

blueprint = Blueprint("api", __name__)
csrf.exempt(blueprint)  # callers show a key, never a cookie

for _found in pkgutil.walk_packages(__path__, f"{__name__}."):
    importlib.import_module(_found.name)

from webapp.api.door import errors, routes  # noqa: E402 - they answer for the operations found above

routes.register(blueprint)
errors.register(blueprint)
