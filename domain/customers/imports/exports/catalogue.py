"""Which exports are known? Every module beside this one that has EXPORTS, found by looking."""

import functools
import importlib
import pkgutil
from collections.abc import Sequence

from domain.customers.imports import exports
from domain.customers.imports.exports.contract import KnownExport


@functools.cache
def known_exports() -> tuple[KnownExport, ...]:
    """All of them, those that ask for more headers first."""
    found: list[KnownExport] = []
    for module in pkgutil.iter_modules(exports.__path__, f"{exports.__name__}."):
        found += getattr(importlib.import_module(module.name), "EXPORTS", ())
    return tuple(sorted(found, key=lambda export: (-len(export.marks), export.key)))


def recognised(header: Sequence[str]) -> KnownExport | None:
    """The export that this header belongs to; None for any other file."""
    return next((export for export in known_exports() if export.fits(header)), None)


def by_key(key: str) -> KnownExport | None:
    """The export of this key."""
    return next((export for export in known_exports() if export.key == key), None)
