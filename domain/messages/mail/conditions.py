"""When is a block shown? A variable, a test and a value, written as Liquid around the block."""

import re
from dataclasses import dataclass

from domain.messages.liquid.places import TemplateError
from domain.messages.mail.tree import Condition

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class BlockTest:
    """One way to ask. `liquid` holds FACT and VALUE."""

    label: str
    liquid: str
    asks_value: bool = True


TESTS = {
    "filled": BlockTest("is there", 'FACT and FACT != ""', asks_value=False),
    "empty": BlockTest("is missing", 'FACT == nil or FACT == ""', asks_value=False),
    "is": BlockTest("is", "FACT == VALUE"),
    "is_not": BlockTest("is not", "FACT != VALUE"),
    "contains": BlockTest("contains", "FACT contains VALUE"),
}


def opening(condition: Condition) -> str:
    """`{% if … %}`. Raises TemplateError for what cannot be asked like this."""
    test = TESTS.get(condition.test)
    if test is None or not _NAME.fullmatch(condition.fact):
        raise TemplateError("The condition cannot be read. Choose its variable and its test again.")
    words = {"FACT": condition.fact, "VALUE": _quoted(condition.value) if test.asks_value else ""}
    return f"{{% if {re.sub('FACT|VALUE', lambda found: words[found[0]], test.liquid)} %}}"


CLOSING = "{% endif %}"


def _quoted(value: str) -> str:
    quote = "'" if '"' in value else '"'
    if quote in value or re.search(r"[{}%\\\n\r]", value):
        raise TemplateError("The value of a condition may not hold braces, %, backslashes, line breaks or both kinds of quotes.")
    return f"{quote}{value}{quote}"
