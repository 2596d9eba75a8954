"""How does the API compare with the reference? `make api-docs` writes the page from the table of operations."""

from collections.abc import Iterator
from pathlib import Path

from webapp.api import reference
from webapp.api.door import names
from webapp.api.operation import OPERATIONS, Operation

HEAD = """# Compatibility

How the API compares with Voucherify's, version v2018-08-01. Written by `make api-docs` from the table of operations; change these, not this
page. *Used* names do something. *Accepted* ones are names of the reference that are taken and have no effect. Whatever else is sent is
treated as [the API's page](README.md#what-is-not-known) says.

## What is built
"""
UNBUILT = """
## What is not built

These answer 501 with the key `not_implemented`, and stand in no OpenAPI document.

| Resource | Operations |
|---|---|
"""


def page() -> str:
    """The whole page."""
    built = sorted(OPERATIONS, key=lambda one: (one.path, one.method))
    return HEAD + "".join(map(_built, built)) + UNBUILT + "".join(_unbuilt({(one.method, reference.shape(one.path)) for one in built}))


def _built(operation: Operation) -> str:
    theirs = operation.reference
    note = f"Voucherify's `{theirs.name}`." if theirs else "Largesse's own."
    needs = f"Needs a key that may *{operation.verb}*." if operation.verb else "Needs no key."
    lines = [f"\n### {operation.method} {operation.path}\n", f"{note} {needs}"]
    if operation.pull:
        lines[-1] += " Platforms ask it at send time: unknown query parameters are passed over."
    rows = [row for part in ("query", "body") for row in _rows(operation, part)]
    if rows:
        lines += ["", "| Part | Used | Accepted |", "|---|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _rows(operation: Operation, part: str) -> Iterator[str]:
    used = list(dict.fromkeys(names.of_model(operation.query if part == "query" else operation.body)))
    unused = names.unused(operation, part)
    if used or unused:
        yield f"| {part} | {_listed(used)} | {_listed(unused)} |"


def _listed(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words) or "–"


def _unbuilt(built: set[tuple[str, str]]) -> Iterator[str]:
    by_resource: dict[str, list[str]] = {}
    for key, known in reference.operations().items():
        if key not in built:
            by_resource.setdefault(known.resource, []).append(f"{known.method} {known.path}")
    for resource, operations in sorted(by_resource.items()):
        yield f"| {resource} | {'<br>'.join(f'`{one}`' for one in operations)} |\n"


def write() -> None:
    """Write the page into this checkout."""
    (Path(__file__).parents[3] / "docs" / "api" / "compatibility.md").write_text(page())
