"""Which providers are there? Every module in `integrations/providers`, found by looking, imported when first asked for."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from integrations import providers as folder
from integrations.contract import Provider


@functools.cache
def keys() -> tuple[str, ...]:
    """The keys of all providers, in alphabetical order. Imports none of them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(folder.__path__)))


@functools.cache
def provider(key: str) -> Provider:
    """The provider named `key`. Raises KeyError where there is none."""
    if key not in keys():
        raise KeyError(key)
    found: Provider = importlib.import_module(f"{folder.__name__}.{key}").PROVIDER
    return found


def providers() -> tuple[Provider, ...]:
    """All providers, by name; the sandbox first, because everybody begins there."""
    return tuple(sorted(map(provider, keys()), key=lambda p: (p.key != "sandbox", p.name.casefold())))
