"""Which operation is meant? The path is read as it was sent, so that an id may hold a slash or a percent sign.

Paths of the reference that are not built yet are known too: they answer 501 in words, other unknown ones 404.
"""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes, urlsplit

from flask import Request

from webapp.api import reference
from webapp.api.door.errors import Refusal, not_found_at
from webapp.api.operation import OPERATIONS, Operation


@dataclass(frozen=True)
class Found:
    """The operation, and the values of its path, not checked yet."""

    operation: Operation
    path: Mapping[str, str]


def find(request: Request) -> Found:
    """The operation that this request asks for. Raises Refusal with 404, 405 or 501."""
    sent = _segments(request)
    template = next((t for t in _templates().get(len(sent), ()) if _fits(t, sent)), None)
    if template is None:
        raise not_found_at(request.method, request.path)
    built = _built().get(reference.shape(template), ())
    for operation in built:
        if request.method in operation.methods:
            return Found(operation, dict(_values(operation.path, sent)))
    raise _refusal(request.method, template, built)


def _refusal(method: str, template: str, built: tuple[Operation, ...]) -> Refusal:
    shape = reference.shape(template)
    known = {theirs for theirs, at in reference.operations() if at == shape}
    if not built and "GET" in known:
        known.add("HEAD")
    if method in known:
        details = f"{method} {template} is not built yet. GET /v1/openapi.json lists what is."
        return Refusal(501, "not_implemented", "Not implemented", details)
    allowed = sorted({name for operation in built for name in operation.methods} or known)
    details = f"{template} takes {' and '.join(allowed)}."
    return Refusal(405, "method_not_allowed", "Method not allowed", details, headers={"Allow": ", ".join(allowed)})


@functools.cache
def _built() -> dict[str, tuple[Operation, ...]]:
    shapes: dict[str, tuple[Operation, ...]] = {}
    for operation in OPERATIONS:
        key = reference.shape(operation.path)
        shapes[key] = (*shapes.get(key, ()), operation)
    return shapes


@functools.cache
def _templates() -> dict[int, list[str]]:
    """Every path there is, by its number of segments; those that say more word for word come first."""
    paths = [operation.path for operation in OPERATIONS] + [known.path for known in reference.operations().values()]
    by_shape = {reference.shape(path): path for path in reversed(paths)}
    found: dict[int, list[str]] = {}
    for path in sorted(by_shape.values(), key=lambda p: [part.startswith("{") for part in p.split("/")]):
        found.setdefault(path.count("/"), []).append(path)
    return found


def _segments(request: Request) -> list[str]:
    """The segments of the path, still quoted. Servers hand the path on as it was sent under one of two names, or not at all."""
    ours = request.root_path + request.path
    for name in ("RAW_URI", "REQUEST_URI"):
        path = _path_of(request.environ.get(name, ""))
        if path and unquote_to_bytes(path).decode(errors="replace") == ours:
            return path.removeprefix(quote(request.root_path)).split("/")[1:]
    return quote(request.path).split("/")[1:]


def _path_of(uri: str) -> str:
    if not uri.startswith("/"):
        return urlsplit(uri).path
    return uri.partition("?")[0]


def _fits(template: str, sent: list[str]) -> bool:
    return all((part.startswith("{") and word != "") or part == word for part, word in zip(template.split("/")[1:], sent, strict=True))


def _values(template: str, sent: list[str]) -> Iterator[tuple[str, str]]:
    for part, word in zip(template.split("/")[1:], sent, strict=True):
        if part.startswith("{"):
            yield part[1:-1], unquote_to_bytes(word).decode(errors="surrogateescape")
