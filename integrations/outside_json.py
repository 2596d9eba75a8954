"""What does JSON from outside say? One reader for every door: no deeper than our own code can walk, its numbers finite.

Bodies of the API, receipts, answers of providers, payloads that people type and words of addresses come this way; how many bytes there may
be is bounded by whoever reads them.
"""

import json
import math
from typing import Any, NoReturn

DEEPEST = 64
"""How many objects and lists may stand in one another."""


class TooDeep(ValueError):
    """It is nested deeper than that. `inside`: the outermost field that holds what is too deep; empty where nobody knows."""

    def __init__(self, inside: str = "") -> None:
        super().__init__(f"{inside or 'it'} is nested deeper than {DEEPEST}")
        self.inside = inside


class NoNumber(ValueError):
    """A number in it is none that can be kept. Args: a sentence that begins with the number."""


def read(text: str | bytes) -> Any:
    """The values. Raises ValueError: json.JSONDecodeError with the place, UnicodeDecodeError, TooDeep or NoNumber."""
    try:
        tree = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (json.JSONDecodeError, UnicodeDecodeError, NoNumber):
        raise
    except RecursionError:
        raise TooDeep from None
    except ValueError:  # Python's own limit for digits, which costs time that grows with their square
        raise NoNumber("a whole number in it has too many digits") from None
    for field, value in tree.items() if isinstance(tree, dict) else [("", tree)]:
        if _deeper(value, DEEPEST - isinstance(tree, dict)):
            raise TooDeep(field)
    return tree


def _deeper(tree: Any, most: int) -> bool:
    level = [tree]
    for _ in range(most):
        level = [inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)]
    return any(isinstance(one, dict | list) for one in level)


def _no_number(name: str) -> NoReturn:
    raise NoNumber(f"{name} is not a number that JSON knows")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NoNumber(f"{text[:40]} is too large a number")
    return number
