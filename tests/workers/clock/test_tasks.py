"""The table of the clock: every row can be run, every question can be asked, and an idle clock stays small."""

import inspect
import re
import subprocess
import sys

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.kernel import clock
from tests.journeys.installation import ROOT
from workers.clock.tasks import TASKS, Task
from workers.queue.actors import JOBS
from workers.queue.by_name import function_of

KEYS = [task.key for task in TASKS]
HEAVY = ("requests", "liquid", "jinja2", "pydantic", "flask", "wtforms", "babel")
"""What only those need who render, call, or answer browsers."""


def key(task: Task) -> str:
    return task.key


def test_a_key_is_a_name_and_names_one_row() -> None:
    assert len(set(KEYS)) == len(KEYS)
    assert [one for one in KEYS if not re.fullmatch(r"[a-z_]+\.[a-z_]+", one)] == []


@pytest.mark.parametrize("task", TASKS, ids=key)
def test_a_row_runs_something_or_asks_somebody(task: Task) -> None:
    assert bool(task.run) != bool(task.nudge)
    assert not (task.when and task.run)
    assert 0 < task.limit <= 30
    assert task.after in {"", *KEYS[: KEYS.index(task.key)]}, "waits for a row above it"


@pytest.mark.parametrize("task", [task for task in TASKS if task.run], ids=key)
def test_what_a_row_runs_takes_a_session(task: Task) -> None:
    function = function_of(task.run)

    inspect.signature(function).bind(None)


@pytest.mark.parametrize("task", [task for task in TASKS if re.search(r"purge|forget", task.key)], ids=key)
def test_what_forgets_does_a_limited_part_at_once(task: Task) -> None:
    assert "limit" in inspect.signature(function_of(task.run)).parameters


@pytest.mark.parametrize("task", [task for task in TASKS if task.nudge], ids=key)
def test_whom_a_row_asks_there_is(task: Task) -> None:
    assert task.nudge in JOBS
    assert task.lane in {"bulk", "trigger"}


@pytest.mark.parametrize("task", [task for task in TASKS if task.when], ids=key)
def test_what_a_row_asks_can_be_answered(session: Session, task: Task) -> None:
    values = {"now": clock.now(session)} if ":now" in task.when else {}

    assert session.execute(text(f"EXPLAIN {task.when}"), values).all()


def loaded_by(code: str) -> list[str]:
    """Which heavy libraries a fresh interpreter holds after `code`."""
    told = subprocess.run(
        (sys.executable, "-c", f"{code}\nimport sys\nprint([one for one in {HEAVY!r} if one in sys.modules])"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = eval(told.stdout.splitlines()[-1])
    return found


def test_a_clock_holds_nothing_that_renders_calls_or_answers_browsers() -> None:
    every = "".join(f"function_of({task.run!r})\n" for task in TASKS if task.run)
    imports = "import workers.clock.loop, workers.processes.worker\nfrom workers.queue.by_name import function_of\n"

    assert loaded_by(imports + every) == []


def test_an_idle_worker_holds_nothing_that_renders_calls_or_answers_browsers() -> None:
    assert loaded_by("from workers.processes import worker\nworker.broker.setup()\nworker.actors.declare()") == []
