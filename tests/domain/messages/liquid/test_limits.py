"""What a template may cost: whatever people write is answered in words and in bounded time."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from domain.messages.compile import MOST_TAGS, compile_part
from domain.messages.liquid.escaping import OutputContext
from domain.messages.liquid.language import FILTERS, language
from domain.messages.liquid.limits import LONGEST_PART
from domain.messages.liquid.places import TemplateError
from domain.messages.payload import compile_payload

FACTS: Mapping[str, Any] = {"text": "Dina", "big": "x" * 100_000, "list": ["b", "a", None, 3], "n": 1250, "inf": "1e999", "nothing": None}
SECONDS = 5
"""Of a processor's time, which others that are busy do not lengthen."""


def told(source: str, place: OutputContext = OutputContext.TEXT) -> str:
    """What rendering it says, or what is wrong with it."""
    began = time.thread_time()
    try:
        compiled = compile_part(source, place)
        said = compiled.assemble(compiled.values(FACTS))
    except TemplateError as wrong:
        said = f"refused: {wrong}"
    assert time.thread_time() - began < SECONDS
    return said


LOOP = "{% for i in (1..10000) %}"
EXPENSIVE = {
    "a range of a billion": "{% for i in (1..1000000000) %}{{ i }}{% endfor %}",
    "its end": "{% for i in (1..1000000000) offset: 999999990 limit: 5 %}{{ i }}{% endfor %}",
    "a range in a filter": "{{ (1..1000000000) | join: 'x' }}",
    "a range that is searched": "{% assign r = (1..1000000000) %}{% if r contains 'x' %}{% endif %}",
    "a range without end": "{% for i in (1..inf) %}{% endfor %}{{ inf | ceil }}",
    "loops inside of loops": f"{LOOP}{LOOP}{{{{ i }}}}{{% endfor %}}{{% endfor %}}",
    "loop after loop": f"{LOOP}{{{{ i }}}}{{{{ i }}}}{{{{ i }}}}{{% endfor %}}" * 4,
    "silent loops": f"{LOOP}{{% if i == 1 %}}{{% endif %}}{{% endfor %}}" * 10,
    "long conditions": LOOP + "{% if " + " or ".join(["1 == 2"] * 300) + " %}{% endif %}{% endfor %}" * 2,
    "doubling text": "{% assign t = big %}" + "{% assign t = t | append: t %}" * 40 + "{{ t }}",
    "multiplied text": "{{ big | replace: 'x', big }}",
    "text between letters": "{{ big | replace: '', big }}",
    "joined text": "{{ big | split: '' | join: big }}",
    "doubling lists": "{% assign l = list %}" + "{% assign l = l | concat: l %}" * 40 + "{{ l | size }}",
    "squaring numbers": "{% assign n = 999999999 %}" + "{% assign n = n | times: n %}" * 40 + "{{ n }}",
    "every pair of a list": f"{{% assign l = (1..9000) %}}{LOOP}{{{{ l | uniq | size }}}}{{% endfor %}}",
    "much of everything": f"{LOOP}{{{{ big | upcase | downcase | size }}}}{{% endfor %}}",
    "many tags in HTML": f"{{% capture c %}}{LOOP}<a {{% endfor %}}{{% endcapture %}}{LOOP}{{{{ c | strip_html | size }}}}{{% endfor %}}",
    "a long text": "{% for i in (1..1000) %}{{ big }}{% endfor %}",
    "infinite": '{{ "1e999" | ceil }}',
    "infinite as money": "{{ inf | plus: 0 | money }}",
    "by nothing": "{{ n | divided_by: 0 }}",
    "a wide date": "{{ '2026-01-01' | date: '%900000000d' | size }}" + "{{ '2026-01-01' | date: big }}",
    "an argument of the library": "{{ text | join: ' ', environment: 1 }}",
    "deep blocks": "{% if 1 %}" * 200 + "{% endif %}" * 200,
    "deep loops": "{% for i in (1..2) %}" * 25 + "{{ i }}" + "{% endfor %}" * 25,
    "deep paths": "{{ " + "a[" * 1500 + "1" + "]" * 1500 + " }}",
    "open braces": "{{ " * 100_000,
    "open tags": "{% if " * 100_000,
    "spaces": "{{" + " " * 400_000 + "}}",
    "open raw": "{% raw %}" * 50_000,
    "very many variables": "{{ n }}" * (MOST_TAGS + 1),
    "a partial": "{% render 'other' %}",
    "itself": "{% include text %}",
    "a break without a loop": "{{ n }}{% break %}",
    "a comparison of unlike things": "{% if list > n %}{{ n }}{% endif %}",
}


@pytest.mark.parametrize("source", EXPENSIVE.values(), ids=EXPENSIVE.keys())
def test_what_costs_too_much_is_refused_in_words_with_its_place(source: str) -> None:
    said = told(source)

    assert said.startswith("refused: Line 1, column "), said[:200]
    assert said.endswith(".")
    assert "Error" not in said
    assert "xxxx" not in said, "what is said holds no customer's data"


@pytest.mark.parametrize("source", ["{{ 'aaaaaaaaaaaaaaaaaaaaaaaa!' | split: '(a+)+$' | size }}", "{{ 'a.c' | replace: '.', '-' }}"])
def test_patterns_of_filters_are_plain_text(source: str) -> None:
    assert told(source) in {"1", "a-c"}


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_answers_every_value_with_text_or_in_words(name: str) -> None:
    for value in [
        "text",
        "big",
        "list",
        "n",
        "inf",
        "nothing",
        "unknown",
        "(1..9)",
        "'-1e400'",
        "'9999999999999999999999'",
        "true",
        "-7.5",
    ]:
        for arguments in [
            "",
            ": big",
            ": 0",
            ": list",
            ": inf",
            ": 'a', 'b'",
            ": nothing, 99999999999, 5",
            ": (1..9000)",
            ": x: 1",
            ": -3, 2",
        ]:
            said = told(f"{{{{ {value} | {name}{arguments} }}}}")
            assert not said.startswith("refused: ") or said.startswith("refused: Line 1, column"), said


def test_only_filters_and_tags_of_the_list_are_there() -> None:
    assert set(language().filters) == FILTERS
    for tag in ("echo", "liquid", "increment", "decrement", "tablerow", "render", "include", "raw", "doc", "ifchanged", "extends", "macro"):
        assert told(f"{{% {tag} text %}}").startswith("refused: Line 1, column "), tag


def test_the_limit_of_a_message_is_that_of_all_pieces_of_its_part_together() -> None:
    page = compile_part("{{ big }}" * 6, OutputContext.TEXT)
    body = compile_payload('{"a": "{{ big }}!", "b": ["{{ big }}", "{{ big }}", "{{ big }}", "{{ big }}", "{{ big }}."]}')
    steps = compile_payload('{"a": ["' + '", "'.join(["{% for i in (1..9000) %}{{ i }}{% endfor %}"] * 6) + '"]}')

    for part in (page, body, steps):
        with pytest.raises(TemplateError):
            part.values(FACTS)
    assert len(compile_part("{{ big }}" * 5, OutputContext.TEXT).values(FACTS)) == 5


def test_static_text_counts_too() -> None:
    compiled = compile_part("x" * LONGEST_PART + "{{ text }}", OutputContext.TEXT)

    with pytest.raises(TemplateError, match="longer than 512 kB"):
        compiled.values(FACTS)


def test_what_messages_usually_do_is_far_within_the_limits() -> None:
    usual = (
        "{% assign greeting = text | default: 'there' %}{% for item in list %}{{ item | default: '-' | upcase }}{% endfor %}"
        "{% case text %}{% when 'Dina' %}{{ n | money }}{% else %}{{ n | divided_by: 100 }}{% endcase %}{{ greeting | truncate: 3 }}"
    )

    assert told(usual) == "BA-3€12.50..."
