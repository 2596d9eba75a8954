"""What a nudge or a kind of job names as text can be found."""

import inspect

import pytest

from workers.queue.actors import LOOKS
from workers.queue.by_name import function_of
from workers.queue.job_kinds import KINDS, job_kind


@pytest.mark.parametrize("nudge", LOOKS)
def test_what_a_nudge_names_takes_a_session(nudge: str) -> None:
    inspect.signature(function_of(LOOKS[nudge])).bind(None)


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_kind_of_job_names_takes_a_session_and_a_job(kind: str) -> None:
    inspect.signature(job_kind(kind).step).bind(None, None)
