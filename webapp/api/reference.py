"""Which operations does the reference have, and which names does each know? Read from the table beside this module."""

import functools
import re
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class ReferenceOperation:
    """An operation of the reference; `body` holds the keys of its body, those inside others with dots: `customer.address.city`."""

    resource: str
    method: str
    path: str
    name: str
    query: tuple[str, ...]
    body: tuple[str, ...]


def shape(path: str) -> str:
    """A path without the names of its parameters, so that two can be compared: `/v1/orders/{}`."""
    return re.sub(r"\{[^}]*\}", "{}", path)


@functools.cache
def operations() -> dict[tuple[str, str], ReferenceOperation]:
    """Every one of them, by method and shape of the path."""
    table = (resources.files(__package__) / "reference.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")][1:]
    rows = [_row(*line) for line in lines]
    return {(row.method, shape(row.path)): row for row in rows}


def _row(resource: str, method: str, path: str, name: str, query: str, body: str) -> ReferenceOperation:
    return ReferenceOperation(resource, method, path, name, tuple(query.split()), tuple(body.split()))
