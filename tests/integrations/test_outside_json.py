"""JSON from outside is read by one reader, which no nesting and no number breaks."""

import json

import pytest

from integrations import outside_json
from integrations.wire.http_results import Answer


def nested(deep: int) -> str:
    return '{"a":' * (deep - 1) + "[]" + "}" * (deep - 1)


def test_sixty_four_levels_are_read_and_one_more_is_not() -> None:
    assert json.dumps(outside_json.read(nested(64)), separators=(",", ":")) == nested(64)
    assert outside_json.read("[" * 64 + "]" * 64)

    with pytest.raises(outside_json.TooDeep, match="a is nested deeper than 64"):
        outside_json.read(nested(65))
    with pytest.raises(outside_json.TooDeep, match="it is nested deeper than 64"):
        outside_json.read("[" * 65 + "]" * 65)
    with pytest.raises(outside_json.TooDeep):
        outside_json.read("[" * 1_000_000)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5_000], ids=lambda number: number[:9])
def test_numbers_are_finite(number: str) -> None:
    with pytest.raises(outside_json.NoNumber):
        outside_json.read(f'{{"a": [{number}]}}')
    assert outside_json.read('{"a": 1e308}') == {"a": 1e308}


@pytest.mark.parametrize("body", [nested(65), "[" * 100_000, '{"a": 1e999}'])
def test_an_answer_of_a_provider_that_cannot_be_read_is_none_of_its_answers(body: str) -> None:
    assert Answer(200, body=body.encode()).json() is None
