"""What happens to a call, from its first line to its answer? One view for every path under the prefixes of the API."""

from flask import Blueprint, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter, Rule

from webapp.access import public
from webapp.api.door import body, callers, checks, paths, query
from webapp.api.operation import ApiCall, Nothing

PREFIXES = ("/v1", "/client/v1", "/management/v1")


class Below(BaseConverter):
    """Whatever stands under a prefix, slashes and all; `paths` reads it as it was sent."""

    regex = r"(?:/[\s\S]*)?"
    part_isolating = False


@public
def call(below: str) -> Response:
    """Find the operation, let its caller in, read what was sent, and answer."""
    found = paths.find(request)
    operation = found.operation
    caller = callers.let_in(operation)
    path = checks.path(found.path)
    asked = checks.known(operation, "query", query.sent())
    sent = checks.known(operation, "body", {} if operation.body is Nothing else body.sent(operation.body_limit, operation.listed))
    told = operation.run(ApiCall(caller, path, checks.read(operation.query, asked, "query"), checks.read(operation.body, sent, "body")))
    if operation.answers is Nothing:
        return current_app.response_class(status=operation.status)
    told_as_json = told.model_dump_json(by_alias=True, exclude_unset=True)
    return current_app.response_class(told_as_json, status=operation.status, mimetype="application/json")


def register(blueprint: Blueprint) -> None:
    """Take every path under the prefixes, by whatever method: no answer of the API is a page."""

    def route(state: BlueprintSetupState) -> None:
        state.app.url_map.converters["below"] = Below
        state.app.view_functions[f"{blueprint.name}.call"] = call
        for prefix in PREFIXES:
            state.app.url_map.add(Rule(f"{prefix}<below:below>", endpoint=f"{blueprint.name}.call"))

    blueprint.record_once(route)
    blueprint.after_request(_say_more)


def _say_more(response: Response) -> Response:
    """What remains of the minute, what was left out, and that nobody keeps the answer."""
    for name, value in g.get("api_headers", {}).items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "private, no-store"
    return response
