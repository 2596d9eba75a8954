"""Is what was sent clean, known, and of the right type? Every no names the field and what to change."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from flask import g, request
from pydantic import BaseModel, ValidationError

from integrations import outside_json
from webapp.api.door import names
from webapp.api.door.errors import shortened, wrong
from webapp.api.fields import LONGEST
from webapp.api.operation import Operation

Model = TypeVar("Model", bound=BaseModel)
LARGEST = 2**63 - 1
_DIRT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tab and line feed, and halves of a surrogate pair."""
KEYS = {"query": "invalid_query_params", "body": "invalid_payload", "path": "invalid_path"}
SPECIAL = {("page", "less_than_equal"): "page_over_limit"}
"""(field, kind of mistake) -> the reference's own key."""
WORDS = {
    "bool_parsing": "is true or false",
    "bool_type": "is true or false",
    "dict_type": "is an object of names and values",
    "model_type": "is an object of names and values",
    "float_parsing": "is a number",
    "float_type": "is a number",
    "greater_than_equal": "is a whole number, at least {ge}",
    "int_from_float": "is a whole number",
    "int_parsing": "is a whole number",
    "int_type": "is a whole number",
    "less_than_equal": "is a whole number, at most {le}",
    "literal_error": "may be {expected}",
    "missing": "is missing",
    "too_long": "may have {max_length} of them",
    "too_short": "has nothing in it",
    "string_too_long": "may have {max_length} characters",
    "string_type": "is text",
}
"""The kind of a mistake in pydantic's words -> what is right, in ours."""
_MOST_NAMED = 20


def path(values: Mapping[str, str]) -> dict[str, str]:
    """The values of the path, cleaned and bounded. Raises Refusal."""
    for name, value in values.items():
        if len(value) > LONGEST:
            raise wrong(KEYS["path"], f"{name} may have {LONGEST} characters.")
    return {name: clean(value, name, "path") for name, value in values.items()}


def known(operation: Operation, part: str, sent: dict[str, Any]) -> dict[str, Any]:
    """The query or body, cleaned. Unknown names are refused or noted, as `docs/api/README.md` says. Raises Refusal."""
    cleaned: dict[str, Any] = clean(sent, "", part)
    unknown = list(_unknown(cleaned, names.known(operation, part)))
    if not unknown:
        return cleaned
    if operation.reference is None or _is_strict() or (part == "query" and not operation.pull):
        what = "query parameter" if part == "query" else "name"
        raise wrong(KEYS[part], f"There is no {what} {', '.join(map(shortened, unknown[:_MOST_NAMED]))}. Leave it out.")
    say_ignored(unknown)
    return cleaned


def say_ignored(left_out: list[str]) -> None:
    """Name in the answer what was sent and is left out."""
    headers = g.setdefault("api_headers", {})
    listed = [quote(name[:100], safe="[]._-$ ")[:100] for name in left_out[:_MOST_NAMED]] + ["..."] * (len(left_out) > _MOST_NAMED)
    headers["Largesse-Ignored"] = ", ".join(dict.fromkeys(filter(None, [headers.get("Largesse-Ignored", ""), *listed])))


def read(model: type[Model], sent: dict[str, Any], part: str) -> Model:
    """What was sent, as the operation wants it. Raises Refusal with every mistake at once."""
    try:
        return model.model_validate(sent)
    except ValidationError as why:
        mistakes = [(names.of(error["loc"]), error) for error in why.errors(include_url=False)]
    details = "; ".join(dict.fromkeys(f"{name} {_words(dict(error))}" for name, error in mistakes[:_MOST_NAMED]))
    key = next((SPECIAL[name, error["type"]] for name, error in mistakes if (name, error["type"]) in SPECIAL), KEYS[part])
    if any(name.partition(".")[0] == "metadata" for name, _ in mistakes):
        key = "metadata_validation_failed"
    raise wrong(key, f"{details}.")


def _words(error: Mapping[str, Any]) -> str:
    told = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(told["error"])
    words = WORDS.get(error["type"], "")
    return words.format(**told) if words else str(error["msg"])


def _is_strict() -> bool:
    """Whether the caller asked for it (RFC 7240)."""
    asked = ",".join(request.headers.getlist("Prefer")).lower()
    return "handling=strict" in {re.sub(r'[\s"]', "", word.partition(";")[0]) for word in asked.split(",")}


def _unknown(tree: Mapping[str, Any], known: names.KnownNames, inside: str = "") -> Iterator[str]:
    for key, value in tree.items():
        name = f"{inside}{key}"
        if name not in known.all:
            yield name
        elif name in known.parents:
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield from _unknown(one, known, f"{name}.")


def clean(value: Any, name: str, part: str, depth: int = 0) -> Any:
    """Line ends become LF; what cannot be kept is refused by name."""
    if isinstance(value, str):
        if _DIRT.search(value):
            raise wrong(KEYS[part], f"{_called(name, part)} holds a control character or half a character. Take it out.")
        return value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise wrong(KEYS[part], f"{_called(name, part)} is too large a number.")
    if isinstance(value, dict | list) and depth == outside_json.DEEPEST:
        raise wrong(KEYS[part], f"{_called(name.partition('.')[0], part)} is nested deeper than {outside_json.DEEPEST}.")
    if isinstance(value, dict):
        for key in value:
            if _DIRT.search(key):
                raise wrong(KEYS[part], f"A name in {_called(name, part)} holds a control character or half a character. Take it out.")
        return {key: clean(one, f"{name}.{key}" if name else key, part, depth + 1) for key, one in value.items()}
    if isinstance(value, list):
        return [clean(one, name, part, depth + 1) for one in value]
    return value


def _called(name: str, part: str) -> str:
    return shortened(name) or f"the {part}"
