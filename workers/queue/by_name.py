"""Which function does `module:function` name? Imported when it is first asked for, so that an idle process stays small."""

import importlib
from collections.abc import Callable

from sqlalchemy.orm import Session


def function_of(name: str) -> Callable[[Session], object]:
    """The function, which takes a session. Raises ImportError or AttributeError where there is none."""
    module, _, attribute = name.partition(":")
    function: Callable[[Session], object] = getattr(importlib.import_module(module), attribute)
    return function
