"""The table of states: every pair of state and command is asked, in the table and in the database."""

import itertools

import pytest
from sqlalchemy.orm import Session

from domain.distributions import states
from domain.distributions.mistakes import NotNow
from domain.distributions.states import TRANSITIONS, Command
from domain.tables.distributions import FINAL, STATUSES, Distribution
from tests.scenes import Scene

EXPECTED = {
    ("draft", "schedule", False): "scheduled",
    ("draft", "go live", True): "live",
    ("scheduled", "start", False): "sending",
    ("scheduled", "pause", False): "paused",
    ("sending", "pause", False): "paused",
    ("live", "pause", True): "paused",
    ("scheduled", "pause", True): "paused",
    ("sending", "pause", True): "paused",
    ("live", "pause", False): "paused",
    ("paused", "re-arm", False): "scheduled",
    ("paused", "resume", False): "sending",
    ("paused", "activate", True): "live",
    ("sending", "finish", False): "done",
    ("done", "send again", False): "sending",
    ("scheduled", "stop", False): "stopped",
    ("sending", "stop", False): "stopped",
    ("paused", "stop", False): "stopped",
    ("live", "end", True): "ended",
    ("paused", "end", True): "ended",
}
"""Written out by hand from the rules. The four pairs that cannot arise (a live one never is scheduled) are allowed by the shared row."""


@pytest.mark.parametrize(("status", "command", "live"), list(itertools.product(STATUSES, Command, (False, True))))
def test_every_state_answers_every_command(scene: Scene, session: Session, status: str, command: Command, live: bool) -> None:
    row = scene.draft()
    row.status, row.live = status, live
    session.flush()
    target = EXPECTED.get((status, command.value, live))

    if target is None:
        with pytest.raises(NotNow):
            states.change(session, row.id, command)
    else:
        states.change(session, row.id, command)

    session.refresh(row)
    assert row.status == (target or status)
    assert states.allowed(command, status, live=live) == (target is not None)


def test_what_was_stopped_or_has_ended_is_left_by_no_command_and_what_is_done_only_to_send_failures_again() -> None:
    left = {(source, command) for command, move in TRANSITIONS.items() for source in move.sources if source in FINAL}

    assert left == {("done", Command.AGAIN)}


def test_every_state_and_every_command_is_reached() -> None:
    assert {move.target for move in TRANSITIONS.values()} | {"draft"} == set(STATUSES)
    assert set(TRANSITIONS) == set(Command)


def test_a_refused_command_says_why_in_words(scene: Scene, session: Session) -> None:
    row = scene.draft()
    row.status = "stopped"
    session.flush()

    with pytest.raises(NotNow, match="it was stopped, and stop is final"):
        states.change(session, row.id, Command.RESUME)


def test_of_two_who_start_it_one_wins(scene: Scene, session: Session) -> None:
    row = scene.scheduled()
    states.change(session, row.id, Command.START)

    with pytest.raises(NotNow):
        states.change(session, row.id, Command.START)
    assert session.get_one(Distribution, row.id).status == "sending"
