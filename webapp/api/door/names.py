"""Which names does an operation know? Those of its models, and those of the reference that it takes without using them."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel

from webapp.api.operation import Operation

TEXT_OR_OBJECT = ("as text", "as object")
"""Marks of a field that may be a text or an object, as `fields.named_by_text` sets them; no part of a name."""


@dataclass(frozen=True)
class KnownNames:
    """Every name with dots for nesting, and those that have others inside; what others have inside is free."""

    all: frozenset[str]
    parents: frozenset[str]


@functools.cache
def known(operation: Operation, part: str) -> KnownNames:
    """The names of an operation's `query` or `body`."""
    model = operation.query if part == "query" else operation.body
    every = frozenset(of_model(model)) | frozenset(_of_reference(operation, part))
    return KnownNames(every, frozenset(name.rpartition(".")[0] for name in every if "." in name))


def unused(operation: Operation, part: str) -> list[str]:
    """Names of the reference that are taken and not used."""
    return sorted(set(_of_reference(operation, part)) - set(of_model(operation.query if part == "query" else operation.body)))


def _of_reference(operation: Operation, part: str) -> list[str]:
    """The names that the reference has; those inside an array stand under the name it has in our model."""
    theirs = operation.reference
    if theirs is None:
        return []
    inside = f"{operation.listed}." if operation.listed and part == "body" else ""
    return [f"{inside}{name}" for name in (theirs.query if part == "query" else theirs.body)]


def of_model(model: type[BaseModel], inside: str = "") -> Iterator[str]:
    """The names of a model, those of the models inside it with dots."""
    for name, field in model.model_fields.items():
        called = f"{inside}{field.alias or name}"
        yield called
        for inner in _models(field.annotation):
            yield from of_model(inner, f"{called}.")


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def of(location: Iterable[int | str]) -> str:
    """Where a mistake is, as a caller writes it: `customer.source_id`."""
    return ".".join(str(word) for word in location if word not in TEXT_OR_OBJECT)
