"""Does a request fit the document that its provider publishes? Read by openapi-schema-validator, which nobody here wrote.

The documents stand outside this repository (`OPENAPI_DOCUMENTS`): their licences do not let everybody hand them on.
"""

import json
from functools import cache
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, OAS31Validator

from tests.integrations.family import OPENAPI

Schema = dict[str, Any]
WITHIN = ("properties", "definitions", "schemas", "patternProperties")
"""Under these, keys are names and not words of the schema language."""


@cache
def document(name: str) -> Schema:
    """A published document. Skips the test where it is not on this machine."""
    path = OPENAPI / name
    if not path.exists():
        pytest.skip(f"left out: {path} is not on this machine")
    found: Schema = json.loads(path.read_text()) if name.endswith(".json") else pytest.importorskip("yaml").safe_load(path.read_text())
    return found


def judge(name: str, path: str, verb: str = "post", *, closed: bool = False) -> Any:
    """What the document wants as the body of this operation. `closed`: a field that it does not know is a mistake, too."""
    known = document(name)
    operation = known["paths"][path][verb]
    if "swagger" in known:
        (schema,) = (one["schema"] for one in operation["parameters"] if one["in"] == "body")
        roots = {"definitions": known["definitions"]}
    else:
        schema, roots = _content(known, operation)
    validator = OAS31Validator if str(known.get("openapi", "")).startswith("3.1") else OAS30Validator
    whole = {**schema, **roots}
    return validator(_closed(whole) if closed else whole)


def _content(known: Schema, operation: Schema) -> tuple[Schema, Schema]:
    """The schema of a body in OpenAPI 3, with the fields that only its published examples show."""
    wanted = operation["requestBody"]
    wanted = known["components"]["requestBodies"][wanted["$ref"].rpartition("/")[2]] if "$ref" in wanted else wanted
    (content,) = wanted["content"].values()
    schema = content["schema"]
    for example in content.get("examples", {}).values():
        schema = _with_fields_of(schema, example.get("value"))
    return schema, {"components": known.get("components", {})}


def _with_fields_of(schema: Schema, example: Any) -> Schema:
    """The schema, and what its example has beyond it."""
    if isinstance(example, list) and isinstance(schema.get("items"), dict):
        for one in example:
            schema = {**schema, "items": _with_fields_of(schema["items"], one)}
    if isinstance(example, dict) and isinstance(schema.get("properties"), dict):
        fields = {key: _with_fields_of(schema["properties"].get(key, {}), value) for key, value in example.items()}
        schema = {**schema, "properties": {**schema["properties"], **fields}}
    return schema


def _closed(schema: Any, *, names: bool = False) -> Any:
    """The same schema, in which every object that lists its fields takes no others."""
    if isinstance(schema, list):
        return [_closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _closed(value, names=not names and key in WITHIN) for key, value in schema.items()}
    lists_fields = not names and isinstance(schema.get("properties"), dict)
    return found | {"additionalProperties": False} if lists_fields and "additionalProperties" not in schema else found
