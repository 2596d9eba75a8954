"""Apply and Stop against the clock, on real transactions: one of them comes first, the other is told, and nothing is half-done."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.distributions.control import edit_launched as edit
from domain.distributions.control import launch, pause, stop
from domain.distributions.control import start as due
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.journal import waited_for
from domain.journal.events import EventKind
from domain.kernel.errors import Stale
from domain.tables.distributions import Distribution, Version
from tests.scenes import ANN, MAIL, Scene
from tests.servers import somebody_waits


@pytest.fixture
def clean(committed: Engine) -> Engine:
    """Whatever these tests commit is gone afterwards."""
    return committed


def together(engine: Engine, *commands: Callable[[Session], object]) -> list[object]:
    """Each command in a transaction and a thread of its own, all at the same moment; what each answered or raised."""
    ready = threading.Barrier(len(commands))
    answers: list[object] = [None] * len(commands)

    def run(n: int, command: Callable[[Session], object]) -> None:
        with Session(engine) as session:
            ready.wait()
            try:
                answers[n] = command(session)
                session.commit()
            except NotNow as why:
                session.rollback()
                answers[n] = why

    threads = [threading.Thread(target=run, args=(n, command)) for n, command in enumerate(commands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def due_with_an_edit(engine: Engine) -> Distribution:
    with Session(engine, expire_on_commit=False) as session:
        scene = Scene(session)
        row = scene.scheduled()
        edit.begin(session, row.id, ANN)
        edited = replace(draft.working(row), channels=(scene.channel({**MAIL, "subject": "Edited"}),))
        draft.store(session, row.id, edited, row.row_version, ANN)
        row.due_at = scene.now
        session.commit()
        return row


def subject(spec: dict[str, object]) -> str:
    return Spec.from_json(spec).channels[0].parts["subject"]


@pytest.mark.parametrize("round", range(6))
def test_an_edit_is_in_before_sending_begins_or_it_is_refused(clean: Engine, round: int) -> None:
    row = due_with_an_edit(clean)
    applied, _ = together(clean, lambda s: edit.apply(s, row.id, ANN), due.start_due)
    with Session(clean) as session:
        due.start_due(session)
        session.commit()
        now = session.get_one(Distribution, row.id)
        sent = session.get_one(Version, (row.id, now.version))

        assert now.status == "sending"
        if isinstance(applied, edit.Applied):
            assert (now.version, subject(now.spec), now.side_spec) == (2, "Edited", None)
            assert sent.plan["channels"][0]["parts"]["subject"] == "Edited"
        else:
            assert isinstance(applied, NotNow)
            assert "Sending began" in str(applied)
            assert (now.version, subject(now.spec)) == (1, MAIL["subject"])
            assert now.side_spec is not None


@pytest.mark.parametrize("round", range(4))
def test_of_two_clocks_one_starts_it_and_of_two_stops_one_is_told(clean: Engine, round: int) -> None:
    row = due_with_an_edit(clean)
    started = together(clean, due.start_due, due.start_due)
    assert sorted(map(len, started)) == [0, 1]

    stopped = together(clean, lambda s: stop.stop(s, row.id, ANN), lambda s: stop.stop(s, row.id, ANN))
    assert sum(isinstance(answer, NotNow) for answer in stopped) == 1


def test_who_records_a_call_pauses_what_somebody_is_just_editing(clean: Engine) -> None:
    with Session(clean, expire_on_commit=False) as session:
        scene = Scene(session)
        spec = Spec(trigger="published", trigger_campaign_id=scene.campaign().id, action="published_code", channels=(scene.channel(),))
        row = scene.draft(spec)
        assert isinstance(launch.launch(session, row.id, ANN), launch.Launched)
        edit.begin(session, row.id, ANN)
        session.commit()

    def applied() -> object:
        with Session(clean) as session:
            answer = edit.apply(session, row.id, ANN)
            session.commit()
            return answer

    with Session(clean) as worker, ThreadPoolExecutor(1) as person:
        waited_for.anybody(worker, EventKind.PUBLISHED, [])
        answer = person.submit(applied)
        while not somebody_waits(clean):
            assert not answer.done()
        assert pause.pause_because(worker, row.id, "plan_broken", "The provider does not understand this message.")
        worker.commit()

        assert answer.result(timeout=60) == edit.Applied(2)
    with Session(clean) as session:
        assert session.get_one(Distribution, row.id).status == "paused"


def test_what_changed_while_a_launch_was_planned_is_not_launched(clean: Engine) -> None:
    with Session(clean, expire_on_commit=False) as session:
        scene = Scene(session)
        row = scene.draft(scene.codes_to_segment())
        session.commit()

    with Session(clean) as launches, Session(clean) as edits, ThreadPoolExecutor(1) as person:
        draft.rename(edits, row.id, "Another", ANN)
        answer = person.submit(launch.launch, launches, row.id, ANN)
        while not somebody_waits(clean):
            assert not answer.done()
        edits.commit()

        with pytest.raises(Stale):
            answer.result(timeout=60)
