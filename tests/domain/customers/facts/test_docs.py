"""The page about segments names every comparison there is."""

from pathlib import Path

import pytest

from domain.conditions.facts import Fact, Type
from domain.conditions.operators import BY_TYPE, operators
from domain.customers.facts.catalogue import ASPECTS

PAGE = (Path(__file__).parents[4] / "docs" / "using" / "segments.md").read_text()
WORDS = {o.words for table in BY_TYPE.values() for o in table} | {
    o.words for key, aspects in ASPECTS.items() for o in operators(Fact(key, key, Type.RELATION, "", aspects=aspects))
}


@pytest.mark.parametrize("words", sorted(WORDS))
def test_every_comparison_is_on_the_page(words: str) -> None:
    assert words in PAGE
