"""How does the table of operations read as OpenAPI 3.1?"""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from webapp.api.door.body import FORM
from webapp.api.door.errors import ApiError
from webapp.api.operation import OPERATIONS, Nothing, Operation

JSON = dict[str, Any]
TEMPLATE = "#/components/schemas/{model}"
SECURITY: list[dict[str, list[str]]] = [{"appId": [], "appToken": []}, {"bearer": []}, {"basic": []}]
SCHEMES = {
    "appId": {"type": "apiKey", "in": "header", "name": "X-App-Id"},
    "appToken": {"type": "apiKey", "in": "header", "name": "X-App-Token"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}
ABOUT = "Every answer but a good one is an Error. Names in a body that nobody knows are left out and listed in the header Largesse-Ignored."


@functools.cache
def document() -> JSON:
    """The whole document; it does not change while the process runs."""
    refs, schemas = _schemas(OPERATIONS)
    paths: dict[str, JSON] = {}
    for operation in sorted(OPERATIONS, key=lambda one: (one.path, one.method)):
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, refs, schemas)
    asked = {refs[one.query, "validation"]["$ref"].rpartition("/")[2] for one in OPERATIONS} - _referred(paths)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Largesse", "version": "v1", "description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in schemas.items() if name not in asked},
            "securitySchemes": SCHEMES,
        },
    }


Refs = Mapping[tuple[Any, JsonSchemaMode], JSON]


def _schemas(operations: Sequence[Operation]) -> tuple[Refs, dict[str, JSON]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(ApiError, "serialization"): None}
    for operation in operations:
        models |= {(operation.query, "validation"): None, (operation.body, "validation"): None, (operation.answers, "serialization"): None}
    refs, defs = models_json_schema(list(models), ref_template=TEMPLATE)
    return refs, defs["$defs"]


def _operation(operation: Operation, refs: Refs, schemas: dict[str, JSON]) -> JSON:
    doc = (operation.run.__doc__ or "").strip()
    told: JSON = {
        "operationId": operation.name,
        "summary": doc.split(". ")[0].rstrip("."),
        "description": doc,
        "tags": [operation.run.__module__.split(".")[2]],
        "parameters": [*_in_path(operation.path), *_in_query(operation, refs, schemas)],
        "responses": {
            str(operation.status): {"description": "Done."} | _answer(operation, refs),
            "default": {"description": "It was not done.", "content": _content("application/json", refs[ApiError, "serialization"])},
        },
        "security": SECURITY if operation.verb else [],
    }
    if operation.verb:
        told["x-largesse-verb"] = operation.verb
    if operation.body is not Nothing:
        body = refs[operation.body, "validation"]
        told["requestBody"] = {"content": _content("application/json", body) | _content(FORM, body)}
    return told


def _answer(operation: Operation, refs: Refs) -> JSON:
    """What a good answer holds, if anything."""
    told = refs[operation.answers, "serialization"]
    return {} if operation.answers is Nothing else {"content": _content("application/json", told)}


def _content(kind: str, schema: JSON) -> JSON:
    return {kind: {"schema": schema}}


def _in_path(path: str) -> list[JSON]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in re.findall(r"\{([^}]+)\}", path)]


def _in_query(operation: Operation, refs: Refs, schemas: dict[str, JSON]) -> list[JSON]:
    schema = schemas[refs[operation.query, "validation"]["$ref"].rpartition("/")[2]]
    required = schema.get("required", [])
    return [_parameter(name, one, name in required) for name, one in schema.get("properties", {}).items()]


def _parameter(name: str, schema: JSON, required: bool) -> JSON:
    told: JSON = {"name": name, "in": "query", "required": required, "schema": {k: v for k, v in schema.items() if k != "title"}}
    if _may_be_object(schema):
        told |= {"style": "deepObject", "explode": True}
    return told


def _may_be_object(schema: JSON) -> bool:
    """Whether a value may have names inside it, written with brackets in a query."""
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return "$ref" in schema or schema.get("type") == "object" or any(map(_may_be_object, inner))


def _referred(part: Any) -> set[str]:
    """The names of every schema that a part of the document refers to."""
    return set(re.findall(r"#/components/schemas/([^'\"]+)", repr(part)))
