"""A message of lone variables is rendered by a loop over a row, and says letter by letter what Liquid would say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages.message import CompiledMessage, compile_message
from domain.sending.plain.lone import LoneValues, Names, lone_slots, variables

PARTS = {
    "subject": "For {{ customer.first_name | default: 'you' }}",
    "text": "Hello {{ customer.first_name | default: customer.name }}, {{ customer.city }}. {{ voucher.code }} No: {{ links.unsubscribe }}",
    "html": '<a href="{{ customer.city }}" title="{{ customer.name }}">{{ customer.first_name | default: brand.name }}</a>'
    ' <a href="https://maple.example/{{ customer.city }}">{{ voucher.code }}</a> {{ links.unsubscribe }}',
    "from_email": "hello@maple.example",
    "from_name": "{{ brand.name }}",
}
COLUMNS: dict[Names, int] = {
    ("voucher", "code"): 0, ("customer", "first_name"): 1, ("customer", "name"): 2, ("customer", "city"): 3,
    ("links", "unsubscribe"): 4, ("links", "preferences"): 5,
}  # fmt: skip
CONSTANTS: dict[Names, str] = {("brand", "name"): "Maple & Rye", ("brand", "address"): ""}
WORDS = st.one_of(
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=30),
    st.sampled_from(
        ["", " ", "Dina", "<b>", '"', "a\r\nBcc: b", "javascript:alert(1)", "https://x.example/?a=1&b=2", "ünï", "%lg-text-0%"]
    ),
)


def facts(row: list[str]) -> dict[str, Any]:
    known: dict[str, Any] = {"locale": "de_DE", "currency": "EUR"}
    for names, text in [*((names, row[at]) for names, at in COLUMNS.items()), *CONSTANTS.items()]:
        known.setdefault(names[0], {})[names[1]] = text
    return known


def renderer(message: CompiledMessage) -> LoneValues:
    slots = lone_slots(message)
    assert slots is not None
    assert set(variables(slots)) <= COLUMNS.keys() | CONSTANTS.keys()
    return LoneValues(message, slots, COLUMNS, CONSTANTS)


MESSAGE = compile_message(PARTS, "email")
LONE = renderer(MESSAGE)


@given(st.lists(WORDS, min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_it_says_what_liquid_says(row: list[str]) -> None:
    told = LONE.of(row)

    assert told == MESSAGE.values(facts(row))
    assert told is not None
    assert json.loads(LONE.as_json(told)) == told


def test_the_mail_made_from_plain_words_is_one_of_them() -> None:
    message = compile_message({"subject": "Hello", "text": "Your code: {{ voucher.code }}"}, "email")
    row = ["AUTUMN-1", "", "", "", "https://u", "https://p"]

    assert renderer(message).of(row) == message.values(facts(row))


@pytest.mark.parametrize(
    "words",
    [
        "{{ customer.first_name | upcase }}",
        "{{ customer.first_name | default: 'you' | upcase }}",
        "{% if customer.city %}x{% endif %}",
        "{{ customer.name.size }}",
        "{% assign a = 1 %}{{ a }}",
        "{{ 1 }}",
        "{{ customer.first_name | default: 1 }}",
        "{{ customer.city | default: 'x', allow_false: true }}",
    ],
)
def test_whatever_needs_liquid_is_left_to_it(words: str) -> None:
    assert lone_slots(compile_message({"subject": "Hello", "text": words}, "email")) is None


def test_what_may_be_too_long_for_a_part_is_left_to_the_careful_way() -> None:
    assert LONE.of(["x" * 200_000] * len(COLUMNS)) is None
