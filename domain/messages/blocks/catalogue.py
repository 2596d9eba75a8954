"""Which blocks are there? Every module of this room that has a `BLOCK`, found by looking."""

import functools
import importlib
import pkgutil

from domain.messages import blocks as room
from domain.messages.blocks.contract import BlockKind

AROUND = frozenset({"contract", "catalogue"})


@functools.cache
def block_kinds() -> dict[str, BlockKind]:
    """Key -> kind, in the order of the palette."""
    names = [module.name for module in pkgutil.iter_modules(room.__path__) if module.name not in AROUND]
    found: list[BlockKind] = [importlib.import_module(f"{room.__name__}.{name}").BLOCK for name in names]
    return {one.key: one for one in sorted(found, key=lambda one: (one.place, one.key))}


def block_kind(key: str) -> BlockKind | None:
    """The kind named `key`."""
    return block_kinds().get(key)
