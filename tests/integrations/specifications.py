"""What does a published OpenAPI document say about a request? Its schema, in which a field that it does not name is a mistake, too.

The documents are not ours and do not lie in the repository: see `family.OPENAPI`.
"""

import functools
import json
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator

from tests.integrations.family import OPENAPI

COMPOSED = ("allOf", "oneOf", "anyOf")
ANNOTATIONS = frozenset({"discriminator", "example", "examples", "nullable"})


@functools.cache
def document(name: str) -> dict[str, Any]:
    """The document. Skips the test where it is not on this machine."""
    path = OPENAPI / name
    if not path.exists():
        pytest.skip(f"left out: {path} is not on this machine")
    text = path.read_text()
    found: dict[str, Any] = json.loads(text) if name.endswith(".json") else yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return found


@functools.cache
def validator(name: str, path: str, method: str = "post") -> OAS31Validator:
    """Judges bodies of a request to this path."""
    whole = document(name)
    wanted = whole["paths"][path][method]["requestBody"]
    return OAS31Validator(_closed(wanted["content"]["application/json"]["schema"], whole, False, ()))


def _closed(schema: Any, whole: dict[str, Any], part: bool, within: tuple[str, ...]) -> Any:
    """The schema with all it refers to inside, where an object that names properties takes no others. `part`: it stands beside others."""
    if isinstance(schema, list):
        return [_closed(one, whole, part, within) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        ref = schema["$ref"]
        return {} if within.count(ref) > 1 else _closed(_found(ref, whole), whole, part, (*within, ref))
    found = {key: value for key, value in schema.items() if key not in ANNOTATIONS}
    if schema.get("type") == "array":
        found.pop("enum", None)  # MoEngage writes the kinds of elements there, which no array can equal
    for key in ("items", "additionalProperties", "not", *COMPOSED):
        if key in found:
            shares = key in COMPOSED and (part or key == "allOf" or "properties" in schema)
            found[key] = _closed(found[key], whole, shares, within)
    if "properties" in found:
        found["properties"] = {name: _closed(one, whole, False, within) for name, one in found["properties"].items()}
    if not part and _names_fields(found):
        found["unevaluatedProperties"] = False
    if schema.get("nullable") and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def _found(ref: str, whole: dict[str, Any]) -> Any:
    target: Any = whole
    for step in ref.removeprefix("#/").split("/"):
        target = target[step.replace("~1", "/")]
    return target


def _names_fields(schema: dict[str, Any]) -> bool:
    named = "properties" in schema or any(key in schema for key in COMPOSED)
    return named and "additionalProperties" not in schema and schema.get("type", "object") == "object"
