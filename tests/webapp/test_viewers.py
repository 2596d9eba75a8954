"""Whoever may not see codes finds none, nor a link that acts for a customer, on any page and in no shape."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from domain.kernel.base import Prefix, outside
from domain.workspace.people import roles
from tests.webapp import walk
from tests.webapp.walk import World

MOST = 500


@pytest.fixture
def world(session: Session) -> World:
    return walk.world(session)


def views_of_letters(world: World) -> list[str]:
    """What is drawn only when it is asked for."""
    box = [f"/inbox/{id}?view={view}" for id in world.ids["inbox.id"] for view in ("", "text", "source", "timeline")]
    customer = outside(Prefix.CUSTOMER, world.customer.id)
    return [*box, f"/inbox?customer={customer}"]


def test_a_viewer_finds_no_code_and_no_link_that_acts_on_any_page(app: Any, bo: Any, ann: Any, session: Session, world: World) -> None:
    hidden = world.secrets(session)
    waiting = [(path, view) for path, view in walk.addresses(app, world)] + [(path, None) for path in views_of_letters(world)]
    seen: dict[str, int] = {}

    while waiting and len(seen) < MOST:
        path, view = waiting.pop(0)
        if path in seen:
            continue
        answer = bo.get(path)
        seen[path] = answer.status_code
        assert answer.status_code < 500, path
        verb = getattr(view, "verb", "see")
        assert (answer.status_code == 403) == (not roles.may("viewer", verb)), (path, verb, answer.status_code)
        said = answer.text + " ".join(value for name, value in answer.headers if name != "Set-Cookie")
        assert [secret for secret in hidden if secret in said] == [], path
        waiting += [(link, None) for link in walk.links(answer) if walk.readable(app, link, "viewer")]

    assert sum(status == 200 for status in seen.values()) > 60, seen
    shown = "".join(ann.get(path).text for path in seen if path.startswith(("/inbox/", "/distributions/")))
    assert len([secret for secret in hidden if secret in shown]) > 10, "whoever may see codes finds them there"


def test_no_search_tells_a_viewer_whether_a_code_begins_so(app: Any, bo: Any, ann: Any, world: World) -> None:
    """Or a code could be found letter by letter: what a list leads to is the same for a code and for a code that is not there."""
    guesses = [world.code, world.code[:-1], world.code[:9], world.code.lower()]
    absent = "".join(chr(ord("A") + n) for n in range(len(world.code)))
    told: set[str] = set()

    def found(browser: Any, path: str, name: str, words: str) -> set[str]:
        return {link.partition("?")[0] for link in walk.links(browser.get(path, query_string={name: words}))}

    for path, view in walk.addresses(app, world):
        if not roles.may("viewer", getattr(view, "verb", "see")) or bo.get(path).status_code != 200:
            continue
        for name in ("q", "text"):
            nothing = found(bo, path, name, absent)
            assert [guess for guess in guesses if found(bo, path, name, guess) != nothing] == [], (path, name)
            told |= {path for guess in guesses if found(ann, path, name, guess) != found(ann, path, name, absent)}

    assert len(told) >= 3, "whoever may see codes finds them by the pool, the report and the palette"
