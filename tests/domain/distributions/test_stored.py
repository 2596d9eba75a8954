"""Drafts and plans of every shape that was ever stored can be read; what cannot breaks its own distribution, in words, and no other."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from domain.distributions.control import countdown, edit_launched, launch, resume, resume_waiting, start
from domain.distributions.draft import spec as specs
from domain.distributions.draft import store as draft
from domain.distributions.draft.spec import Spec
from domain.distributions.mistakes import NotNow
from domain.distributions.plan import plan as plans
from domain.distributions.plan.make_plan import plan
from domain.distributions.plan.plan import Plan
from domain.insight.home.agenda import agenda
from domain.journal.events import EventKind, NewEvent, record
from domain.sending.recipients import from_event
from domain.tables.distributions import Distribution, Version
from domain.tables.stored_json import Unreadable
from domain.tables.usage import segment_references
from tests.scenes import ANN, Scene

STORED = Path(__file__).parent / "stored"
SPECS, PLANS = (sorted(STORED.glob(f"{what}-*.json")) for what in ("spec", "plan"))
CHANNEL = {"key": "c1", "connection_id": "0197a4b2-7a10-7c3e-9f00-000000000003", "mode": "email", "parts": {"subject": "Hello"}}
WRONG: list[dict[str, Any]] = [
    {"key": 1}, {"key": ["c1"]}, {"mode": ["email"]}, {"connection_id": "Sandbox"}, {"permission_id": "Offers"},
    {"parts": {"subject": 5}}, {"parts": {"subject": None}}, {"parts": {"subject": {"a": 1}}}, {"parts": ["subject"]},
]  # fmt: skip
BROKEN: list[Any] = [
    {"schema": 1, "trigger": 5},
    {"schema": 99, "trigger": "manual"},
    {"schema": "one"},
    {"schema": 1, "trigger": "manual", "channels": [{"key": "c1"}]},
    {"schema": 1, "trigger": "manual", "channels": 7},
    {"schema": 1, "trigger": "manual", "channels": ["mail"]},
    {"schema": 1, "trigger": "manual", "catch_up": "yes"},
    ["manual"],
    *({"schema": 1, "trigger": "manual", "action": "codes", "channels": [CHANNEL | wrong]} for wrong in WRONG),
    {"schema": 1, "trigger": "manual", "action": "codes", "channels": {"c1": CHANNEL}},
    {"schema": 1, "trigger": "manual", "action": "codes", "channels": [], "segment_id": "VIP"},
    {"schema": 1, "trigger": "manual", "action": "codes", "channels": [], "segment_id": 7},
    {"schema": 1, "trigger": "manual", "action": "codes", "channels": [], "once_ever": "yes"},
]
UNBUILT: list[Any] = ["New", {"name": 5}, {"condition": [1]}, {"condition": {"all": 5}}, {"condition": {"any": [{"fact": 1}]}}]
"""What no builder of a new segment ever stored."""


@pytest.mark.parametrize(("stored", "upgraders"), [(SPECS, specs.UPGRADERS), (PLANS, plans.UPGRADERS)], ids=["specs", "plans"])
def test_one_of_every_shape_is_kept(stored: list[Path], upgraders: tuple[object, ...]) -> None:
    assert {json.loads(path.read_text()).get("schema", 0) for path in stored} == set(range(len(upgraders) + 1))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_spec_of_every_shape_is_read_and_stored_in_the_newest(path: Path) -> None:
    read = Spec.from_json(json.loads(path.read_text()))

    assert (read.trigger, read.action, read.once_ever, read.catch_up, read.skip_holders) == ("segment_entered", "codes", False, True, True)
    assert read.channels[0].parts["subject"] == "Welcome, {{ customer.first_name }}"
    assert read.as_json()["schema"] == len(specs.UPGRADERS)
    assert Spec.from_json(read.as_json()) == read


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_plan_of_every_shape_is_read_and_stored_in_the_newest(path: Path) -> None:
    read = Plan.from_json(json.loads(path.read_text()))

    assert (read.trigger, read.action, read.once_ever, read.segment_revision) == ("segment_entered", "codes", False, 3)
    assert read.channels[0].parts["from_name"] == "Maple & Rye"
    assert read.as_json()["schema"] == len(plans.UPGRADERS)
    assert Plan.from_json(read.as_json()) == read


@pytest.mark.parametrize("stored", BROKEN, ids=str)
def test_what_cannot_be_read_says_so_in_a_sentence(session: Session, stored: Any) -> None:
    with pytest.raises(Unreadable) as specced:
        Spec.from_json(stored)
    with pytest.raises(Unreadable) as planned:
        Plan.from_json(stored)

    assert str(specced.value).endswith(".")
    assert str(planned.value).endswith(".")
    assert Plan.shown(stored) is None
    found = plan(session, Spec.shown(stored))
    assert isinstance(found, list)
    assert [(m.step, m.text) for m in found] == [("trigger", str(specced.value))]


def test_a_plan_whose_trigger_is_not_known_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="names “order_flown” and “codes”, which are not known here"):
        Plan.from_json({"schema": 1, "trigger": "order_flown", "action": "codes", "channels": []})


@pytest.mark.parametrize("stored", UNBUILT, ids=str)
def test_a_new_segment_that_no_builder_can_show_is_unreadable(stored: Any) -> None:
    with pytest.raises(Unreadable):
        Spec.from_json({"schema": 1, "trigger": "manual", "audience": "new", "new_segment": stored})


def broken(session: Session, row: Distribution) -> Distribution:
    """What is stored of it was written by a hand that knew other shapes."""
    session.execute(update(Distribution).where(Distribution.id == row.id).values(spec={"schema": 99}))
    session.execute(update(Version).where(Version.distribution_id == row.id).values(plan={"schema": 99}))
    session.refresh(row)
    return row


def test_a_broken_draft_can_be_looked_at_and_deleted_and_is_changed_by_nobody(scene: Scene, session: Session) -> None:
    row = broken(session, scene.draft(scene.codes_to_segment()))

    shown = draft.working(row)
    assert "stored by a newer Largesse" in shown.unreadable
    with pytest.raises(NotNow, match="stored by a newer Largesse"):
        draft.store(session, row.id, Spec(trigger="manual"), row.row_version, ANN)
    with pytest.raises(NotNow, match="stored by a newer Largesse"):
        draft.duplicate(session, row.id, ANN)
    mistakes = launch.launch(session, row.id, ANN)
    assert isinstance(mistakes, list)
    draft.delete(session, row.id, ANN)


def test_the_clock_pauses_a_broken_one_in_words_and_starts_its_neighbours(scene: Scene, session: Session) -> None:
    rows = [scene.scheduled(), scene.scheduled(), scene.scheduled()]
    broken(session, rows[1])
    waiting = broken(session, scene.scheduled(scene.codes_to_segment(segment_id=scene.segment("Late", scene.dina, synced=False).id)))

    scene.later(minutes=11)
    started = start.start_due(session)

    assert sorted(started) == sorted([rows[0].id, rows[2].id])
    for row in (rows[1], waiting):
        session.refresh(row)
        assert (row.status, row.pause_reason) == ("paused", "plan_broken")
        assert "stored by a newer Largesse" in row.pause_detail
    assert countdown.check_sync(session) == 0
    assert resume.resume(session, rows[1].id, ANN)
    resume_waiting.after_codes(session)
    resume_waiting.after_connections(session)
    assert {row.row.id for row in agenda(session).now} == set(started)


def test_events_pass_over_a_broken_one_in_words_and_reach_its_neighbours(scene: Scene, session: Session) -> None:
    spec = scene.entered()
    good, bad = scene.live(spec), broken(session, scene.live(spec))

    record(session, [NewEvent(scene.dina.id, EventKind.ENTERED, spec.segment_id)])
    from_event.react(session)

    rows = session.execute(text("SELECT distribution_id, state, reason FROM recipients ORDER BY reason")).all()
    assert [tuple(row) for row in rows] == [(good.id, "pending", ""), (bad.id, "skipped", "broken")]
    session.refresh(bad)
    assert (bad.status, bad.pause_reason) == ("paused", "plan_broken")
    assert spec.segment_id is not None
    assert segment_references.reacting(session, spec.segment_id) == [good.name]
    assert {bad.status} <= edit_launched.EDITABLE
