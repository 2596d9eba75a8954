"""Whatever is typed into a search box is bounded: the page answers, soon and in words."""

import time
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.webapp import walk

TERMS = [
    "x" * 100_000, "%" * 50_000, "_%" * 500, "\\" * 300, "(a+)+$" * 200, "\x00", "a\x00b", "\u0130" * 300, "'; DROP TABLE users",
    "\ufffe\U0001f600",
]  # fmt: skip
SECONDS = 2
"""Of a processor's time, which others that are busy do not lengthen."""


@pytest.mark.parametrize("term", TERMS, ids=range(len(TERMS)))
def test_every_list_answers_every_search(app: Any, ada: Any, session: Session, term: str) -> None:
    world = walk.world(session)
    ways = [path for path, view in walk.addresses(app, world) if getattr(view, "verb", "") and "." not in path.rpartition("/")[2]]

    for path in ways:
        began = time.thread_time()
        answer = ada.get(path, query_string={"q": term, "state": term[:50], "reason": term[:50], "kind": term[:50]})
        assert answer.status_code < 500, path
        assert time.thread_time() - began < SECONDS, path
