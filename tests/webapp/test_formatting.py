"""Numbers and times on pages."""

import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from domain.kernel import clock
from webapp import formatting


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (1, 3, "33 %"),
        (7, 1000, "0.7 %"),
        (1, 5000, "< 0.1 %"),
        (0, 10, "0 %"),
        (5, 100, "5 %"),
        (1, 0, "–"),
        (997, 1000, "99.7 %"),
        (2999, 3000, "99.9 %"),
    ],
)
def test_a_share_is_as_exact_as_it_is_useful(part: int, whole: int, said: str) -> None:
    assert formatting.percent(part, whole) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (-60, "1 min ago"),
        (540, "in 9 min"),
        (3 * 3600, "in 3 h"),
        (-86400, "1 day ago"),
        (-3 * 86400, "3 days ago"),
        (86400 * 800, "in 2 years"),
    ],
)
def test_a_distance_is_told_in_its_largest_unit(seconds: int, said: str) -> None:
    assert formatting.distance(seconds) == said


def test_a_time_is_short_and_exact_on_hover(app: Flask, session: Session) -> None:
    with app.test_request_context():
        shown = str(formatting.when(clock.now(session) - datetime.timedelta(days=400)))

        assert shown.startswith('<time datetime="')
        assert "UTC" in shown
        assert formatting.when(None) == ""
        assert str(formatting.when(clock.now(session))).endswith(f">{clock.now(session):%H:%M}</time>")


def test_people_are_told_by_name() -> None:
    assert formatting.names(["Ada"]) == "Ada"
    assert formatting.names(["Ada", "Bo", "Cy"], "or") == "Ada, Bo or Cy"
    assert formatting.initials("Ann van Weber") == "AW"
    assert formatting.initials("<") == "?"
    assert formatting.plural(1, "code") == "1 code"
    assert formatting.plural(1204, "person", "people") == "1,204 people"


def test_a_browser_is_told_from_its_pretences() -> None:
    edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Safari/537.36 Edg/130"
    assert formatting.browser(edge) == "Edge on Windows"
    assert formatting.browser("") == "A browser"
