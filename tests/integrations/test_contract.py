"""Filling a template: in one pass, the longest key first."""

from integrations.contract import Batch, Message, filled


def test_a_key_that_begins_another_does_not_eat_it() -> None:
    assert filled("s10 s1", {"s1": "a", "s10": "b"}) == "b a"


def test_a_value_that_looks_like_a_key_stays_as_it_is() -> None:
    assert filled("x y", {"x": "y", "y": "z"}) == "y z"


def test_the_template_comes_before_the_parts_of_the_message() -> None:
    message = Message("1", "a@b.example", parts={"subject": "own", "text": "own"}, slots={"%1%": "Dina"})
    batch = Batch((message,), {"subject": "For %1%"})

    assert batch.rendered(message) == {"subject": "For Dina", "text": "own"}
    assert batch.part(message, "html") == ""
