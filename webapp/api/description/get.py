"""The OpenAPI document as it is asked for: GET /v1/openapi.json."""

from typing import Any

from pydantic import RootModel

from webapp.api.description.document import document
from webapp.api.operation import ApiCall, Nothing, operation


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI 3.1 document."""


@operation("GET", "/v1/openapi.json", verb=None, query=Nothing, body=Nothing, answers=Document)
def get_openapi(call: ApiCall[Nothing, Nothing]) -> Document:
    """Describe every operation that this installation answers."""
    return Document(document())
